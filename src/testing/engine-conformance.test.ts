import { expect, test } from 'vitest';
import { catalogue } from '../blocks/catalogue.js';
import { Engine } from '../engine/engine.js';
import { testBlocks } from './blocks.js';
import { compareEngines } from './engine-conformance.js';

// The long run, on the built package too: npm run test:long.
test('the fused engine does what the dispatch engine does, on 60 random graphs', () => {
  let fused = 0;
  for (let seed = 0; seed < 60; seed++) {
    const result = compareEngines({ Engine, types: [...catalogue, ...testBlocks] }, seed, 100);
    if (result.difference !== null) {
      expect(result.difference.fused, `seed ${seed}`).toEqual(result.difference.dispatch);
    }
    fused += result.fused;
  }
  expect(fused).toBeGreaterThan(500);
});
