import { expect, test } from 'vitest';
import type { z } from 'zod';
import { periodOption, rateOption, sizeOption, timeOption } from './units.js';

const read = (option: z.ZodType, given: unknown) => {
  const result = option.safeParse(given);
  return result.success ? result.data : result.error.issues[0].message;
};

test('rates are bytes per second, or have a unit', () => {
  const given = [1000, '1000', '1kB', '1.5 MB/s', '10Mbit', '10Mbit/s', '1Gbit', '8bit', '100GB'];
  expect(given.map((one) => read(rateOption, one))).toEqual([
    1000, 1000, 1000, 1_500_000, 1_250_000, 1_250_000, 125_000_000, 1, 1e11,
  ]);
});

test('sizes and times', () => {
  expect(['16kB', 1500, '1GB'].map((one) => read(sizeOption, one))).toEqual([16_000, 1500, 1e9]);
  expect(['20ms', '5us', '1.5s', 7, '0'].map((one) => read(timeOption, one))).toEqual([
    20_000, 5, 1_500_000, 7, 0,
  ]);
});

test.each([
  [rateOption, ['', 'fast', '10Mbps', '1e3', '-1', 0, 0.4, -5, Number.NaN, '1toString', '101GB', '1 kB /s']],
  [sizeOption, ['1Mbit', '10kB/s', 0, '2GB']],
  [timeOption, ['1min', '1ms/s', -1, '2000h']],
  [periodOption, [0, '0ms', '0.1us']],
] as const)('what is none is refused with a sentence that names it', (option, bad) => {
  for (const given of bad) expect(read(option, given)).toMatch(/is not a (rate|size|time): |Invalid input/);
});
