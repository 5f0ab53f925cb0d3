import { expect, it } from 'vitest';
import { makeEngine } from '../../testing/engine.js';

it('lets one frame in N pass and names the others', () => {
  const test = makeEngine();
  test.act({ do: 'add', name: 'some', type: 'sampler', config: { every: 3 } });
  test.add({ end: 'discard' });
  test.act({ do: 'bind', upper: 'end', lower: 'some' });
  for (let i = 0; i < 7; i++) test.inject('some');
  expect(test.engine.accounts.consumed).toBe(2);
  expect(test.drops()).toEqual({ 'some skipped': 5 });
});
