import { expect, test } from 'vitest';
import { Chance } from './chance.js';

function take(chance: Chance, count: number): number[] {
  return Array.from({ length: count }, () => chance.next());
}

test('a seed gives the same numbers, another seed or stream others', () => {
  const first = take(new Chance(1), 8);
  expect(take(new Chance(1), 8)).toEqual(first);
  expect(take(new Chance(2), 8)).not.toEqual(first);
  const other = new Chance(1);
  other.restart(1, 1);
  expect(take(other, 8)).not.toEqual(first);
  other.restart(1, 0);
  expect(take(other, 8)).toEqual(first);
});

test.each([0, 1, 0xffff_ffff])('all values of a byte come about equally often, seed %d', (seed) => {
  const counts = new Uint32Array(256);
  const chance = new Chance(seed);
  for (let i = 0; i < 256_000; i++) {
    const number = chance.next();
    if (number < 0 || number >= 2 ** 32) throw new RangeError(`${number}`);
    counts[number >>> 24]++;
  }
  // 1000 each are expected, with a standard deviation of 32.
  expect(Math.min(...counts)).toBeGreaterThan(840);
  expect(Math.max(...counts)).toBeLessThan(1160);
});
