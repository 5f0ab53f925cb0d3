import { expect, test } from 'vitest';
import { catalogue } from '../../src/blocks/catalogue.js';
import { APPLICATION_TYPES } from '../../src/control/graph-document.js';
import { graphSchema } from '../../src/control/graph-schema.js';

const types = catalogue.filter((type) => !APPLICATION_TYPES.has(type.kind));
const schema = graphSchema(new Map(types.map((type) => [type.kind, type.config])));

// Written anew by: npx vitest run test/unit/graph-schema.test.ts -u
test('schema/graph.schema.json says what quipu apply takes', async () => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../schema/graph.schema.json');
});

test('every type has its options in it, those of applications aside', () => {
  const text = JSON.stringify(schema);
  for (const type of types) expect(text).toContain(`"const":"${type.kind}"`);
  expect(text).toContain('promiscuous');
  expect(text).not.toContain('"const":"socket"');
});
