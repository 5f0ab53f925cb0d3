import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseMeminfo } from './meminfo.js';

test('Linux 6.18', () => {
  const text = `MemTotal:       24684092 kB
MemFree:        24152124 kB
MemAvailable:   24250648 kB
Buffers:           12140 kB
SwapCached:            7 kB
Active:           183844 kB
Inactive:         108176 kB
Active(anon):          1 kB
SwapTotal:       1000000 kB
SwapFree:         999999 kB
`;
  expect(parseMeminfo(text)).toEqual({
    total: 24684092,
    free: 24152124,
    available: 24250648,
    active: 183844,
    inactive: 108176,
    swapTotal: 1000000,
    swapFree: 999999,
    swapCached: 7,
  });
});

test('Linux 2.6 does not tell what is available; without any rows all is 0', () => {
  expect(parseMeminfo('MemTotal: 100 kB\nMemFree: 40 kB\n')).toMatchObject({ total: 100, available: 40 });
  expect(Object.values(parseMeminfo(''))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test('any text gives numbers', () => {
  const numbers = property(string({ unit: 'binary' }), (noise) => {
    expect(Object.values(parseMeminfo(`MemTotal: ${noise}\n${noise}`)).every(Number.isFinite)).toBe(true);
  });
  assert(numbers, { seed: 4, numRuns: 100 });
});
