import { expect, test } from 'vitest';
import { catalogue } from '../../dist/blocks/catalogue.js';
import { Engine } from '../../dist/engine/engine.js';
import { type Build, compareEngines } from '../../src/testing/engine-conformance.js';

// Some in every run of the tests, ten thousand by `npm run test:long`.
const GRAPHS = process.env.QUIPU_LONG ? 10_000 : 300;
const FRAMES = 100;

test(`the fused engine does what the dispatch engine does, on ${GRAPHS} random graphs with ${FRAMES} frames each`, () => {
  // The classes of the build are those of the sources; TypeScript tells their private fields apart.
  const build = { Engine, types: catalogue } as unknown as Build;
  let fused = 0;
  for (let seed = 0; seed < GRAPHS; seed++) {
    const { difference, fused: made } = compareEngines(build, 100_000 + seed, FRAMES);
    if (difference !== null) expect(difference.fused, `seed ${100_000 + seed}`).toEqual(difference.dispatch);
    fused += made;
  }
  expect(fused).toBeGreaterThan(GRAPHS * 5);
  console.log(`${GRAPHS} graphs: no difference; functions that were looked at: ${fused}`);
});
