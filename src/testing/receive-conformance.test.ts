import { expect, test } from 'vitest';
import { compareReceives } from './receive-conformance.js';

// QUIPU_LONG=1: for some minutes.
const GRAPHS = process.env.QUIPU_LONG ? 2000 : 8;

test(`whatever receive says in the portable subset, both engines do the same, in ${GRAPHS} graphs`, () => {
  let inlined = 0;
  for (let seed = 0; seed < GRAPHS; seed++) {
    const result = compareReceives(seed);
    const { difference, refusals } = result;
    if (difference !== null) expect(difference.fused, `seed ${seed}`).toEqual(difference.dispatch);
    expect(refusals, `seed ${seed}`).toEqual([]);
    inlined += result.inlined;
  }
  expect(inlined).toBeGreaterThan(GRAPHS * 50);
}, 1_200_000);
