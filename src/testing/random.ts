import type { Random } from '../contract/clock.js';

/** Numbers in [0, 2^32) that are the same for the same seed: xorshift with 32 bits of state. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
