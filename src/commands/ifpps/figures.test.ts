import { assert, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { mebiText, percentText, rateText, timeText, wholeText } from './figures.js';

test.each([
  [0, 5, '0'],
  [99999.4, 5, '99999'],
  [123456, 5, '123k'],
  [99_999_999, 5, '100M'],
  [2 ** 63, 8, '9223372T'],
])('wholeText(%d, %d) is %s', (value, width, text) => expect(wholeText(value, width)).toBe(text));

test.each([
  [0, '0'],
  [0.01, '<0.1'],
  [0.1, '0.1'],
  [2.5, '2.5'],
  [3.0001, '3'],
  [9.97, '10'],
  [12.4, '12'],
])('rateText(%d) is %s: what is seldom is not none', (value, text) => expect(rateText(value, 8)).toBe(text));

test.each([
  [226.372 * 2 ** 20, 10, '226.372'],
  [123456.789 * 2 ** 20, 9, '123456.79'],
  [2 ** 60, 8, '1099512M'],
])('mebiText(%d, %d) is %s', (value, width, text) => expect(mebiText(value, width)).toBe(text));

test.each([
  [250, '0.25 s'],
  [1000, '1 s'],
  [12_345, '12 s'],
  [180_000, '3 min'],
  [10_800_000, '3 h'],
])('timeText(%d) is %s', (value, text) => expect(timeText(value)).toBe(text));

test('percentText', () => expect(percentText(99.95)).toBe('100.0'));

test('no figure is wider than its room', () => {
  const fits = property(
    double({ min: 0, max: 1e21, noNaN: true }),
    integer({ min: 5, max: 20 }),
    (value, room) => {
      for (const text of [wholeText, rateText, mebiText]) {
        const shown = text(value, room);
        if (shown.length > room || shown.includes('*')) throw new Error(`${shown} for ${value} in ${room}`);
      }
    },
  );
  assert(fits, { seed: 4, numRuns: 1000 });
});
