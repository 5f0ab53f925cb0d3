/**
 * Random numbers of a block's own, reproducible from its seed, in 32-bit integers only: a counter in golden-ratio steps
 * (Weyl sequence) through the finalizer of MurmurHash3. Every number in [0, 2^32) comes once in 2^32 calls. For
 * impairments, not for secrets.
 */

/** State for `nextRandom`: the counter, the seed that it began with, and whether it has begun. */
export function seededState(): Uint32Array {
  return new Uint32Array(3);
}

/** The next number in [0, 2^32). A seed other than the one that the sequence began with begins a new one. */
export function nextRandom(state: Uint32Array, seed: number): number {
  if (state[2] === 0 || state[1] !== seed) {
    state[2] = 1;
    state[1] = seed;
    state[0] = mix32(seed ^ 0x5bf03635);
  }
  state[0] += 0x9e3779b9;
  return mix32(state[0]);
}

function mix32(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A probability as a threshold: true with it when a random number is below. */
export function thresholdOf(probability: number): number {
  return probability * 0x100000000;
}
