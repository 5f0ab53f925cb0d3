import { expect, test } from 'vitest';
import { type Pacer, pacerFor } from './pacer.js';

const alone = { worker: 0, workers: 1 };

/** When the next frames of these lengths are due. */
function dues(pacer: Pacer | null, lengths: readonly number[]): number[] {
  return lengths.map((length) => {
    if (pacer === null) throw new Error('there is no pace');
    pacer.gap(length);
    const { due } = pacer;
    pacer.step(1, length);
    return due;
  });
}

test('full speed has no pace', () => {
  expect(pacerFor({ kind: 'full' }, alone, undefined)).toBeNull();
});

test('gaps do not add up their roundings', () => {
  const pacer = pacerFor({ kind: 'packets', perSecond: 3 }, alone, undefined);
  pacer?.step(300_000_000, 0);
  expect(pacer?.due).toBe(300_000_000 * (1e9 / 3));
  const fractions = pacerFor({ kind: 'gap', nanoseconds: 0.5 }, alone, undefined);
  fractions?.step(7, 0);
  expect(fractions?.due).toBe(3.5);
});

test('workers take turns', () => {
  const due = [0, 1, 2].map((worker) =>
    dues(pacerFor({ kind: 'gap', nanoseconds: 100 }, { worker, workers: 3 }, undefined), [60, 60]),
  );
  expect(due).toEqual([
    [0, 300],
    [100, 400],
    [200, 500],
  ]);
  const bits = pacerFor({ kind: 'bits', perSecond: 8e9 }, { worker: 1, workers: 2 }, undefined);
  expect(dues(bits, [100, 100, 50, 100])).toEqual([100, 300, 500, 600]);
});

test('bits give each frame the time of its bytes', () => {
  const pacer = pacerFor({ kind: 'bits', perSecond: 8e6 }, alone, undefined);
  expect(dues(pacer, [60, 1500, 60])).toEqual([0, 60_000, 1_560_000]);
  expect(pacer?.gap(1000)).toBe(1_000_000);
});

test('recorded frames keep their distances, and begin again after the mean of these', () => {
  const pacer = pacerFor({ kind: 'recorded' }, alone, [0, 10, 40]);
  expect(dues(pacer, [60, 60, 60, 60, 60])).toEqual([0, 10_000, 40_000, 60_000, 70_000]);
  expect(pacerFor({ kind: 'recorded' }, alone, undefined)?.due).toBe(0);
});

test.each([
  { kind: 'gap', nanoseconds: 100 },
  { kind: 'bits', perSecond: 1e9 },
  { kind: 'recorded' },
] as const)('what is postponed stays so: $kind', (pace) => {
  const [pacer, other] = [0, 0].map(() => pacerFor(pace, alone, [0, 5, 9]));
  dues(pacer, [60]);
  dues(other, [60]);
  pacer?.postpone(123);
  expect(dues(pacer, [60, 60])).toEqual(dues(other, [60, 60]).map((due) => due + 123));
});
