import { expect, test } from 'vitest';
import { nextRandom, seededState, thresholdOf } from './seeded.js';

function draw(seed: number, count: number): number[] {
  const state = seededState();
  return Array.from({ length: count }, () => nextRandom(state, seed));
}

test('is the same for the same seed, and another for another', () => {
  expect(draw(0, 3)).toEqual(draw(0, 3));
  expect(draw(0, 3)).not.toEqual(draw(1, 3));
  expect(draw(0xffffffff, 100).every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)).toBe(true);
});

test('another seed begins another sequence, at once', () => {
  const state = seededState();
  nextRandom(state, 1);
  nextRandom(state, 1);
  expect(nextRandom(state, 2)).toBe(draw(2, 1)[0]);
});

test('is even: 16 bins of 64,000 numbers, and pairs of neighbours', () => {
  for (const seed of [0, 1, 2, 12_345]) {
    const numbers = draw(seed, 64_000);
    const bins = new Array<number>(16).fill(0);
    const pairs = new Array<number>(16).fill(0);
    for (const [i, n] of numbers.entries()) {
      bins[n >>> 28]++;
      pairs[((n >>> 30) << 2) | ((numbers[i - 1] ?? 0) >>> 30)]++;
    }
    for (const counts of [bins, pairs]) {
      const chiSquare = counts.reduce((sum, n) => sum + (n - 4000) ** 2 / 4000, 0);
      expect(chiSquare).toBeLessThan(37.7); // 15 degrees of freedom, 1 in 1000
    }
  }
});

test('a threshold lets its share be below', () => {
  const below = draw(7, 20_000).filter((n) => n < thresholdOf(0.1)).length;
  expect(below).toBeGreaterThan(1850);
  expect(below).toBeLessThan(2150);
  expect(draw(7, 100).filter((n) => n < thresholdOf(0))).toEqual([]);
  expect(draw(7, 100).filter((n) => n < thresholdOf(1))).toHaveLength(100);
});
