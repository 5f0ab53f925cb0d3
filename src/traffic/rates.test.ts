import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  PaceError,
  paceText,
  parseCpus,
  parseGap,
  parseRate,
  parseWhole,
  type WrittenPace,
} from './rates.js';

describe('rates', () => {
  test.each<[string, WrittenPace]>([
    ['20pps', { kind: 'packets', perSecond: 20 }],
    ['20kpps', { kind: 'packets', perSecond: 20_000 }],
    ['1.5Mpps', { kind: 'packets', perSecond: 1_500_000 }],
    ['2Gpps', { kind: 'packets', perSecond: 2e9 }],
    ['7bit', { kind: 'bits', perSecond: 7 }],
    ['64kbit', { kind: 'bits', perSecond: 64_000 }],
    ['100Mbit/s', { kind: 'bits', perSecond: 1e8 }],
    ['10Gbit', { kind: 'bits', perSecond: 1e10 }],
    ['5B', { kind: 'bits', perSecond: 40 }],
    ['5kB', { kind: 'bits', perSecond: 40_000 }],
    ['5 MB', { kind: 'bits', perSecond: 4e7 }],
    ['1GB', { kind: 'bits', perSecond: 8e9 }],
    ['1KiB', { kind: 'bits', perSecond: 8192 }],
    ['1MiB', { kind: 'bits', perSecond: 8 * 1024 * 1024 }],
    ['0x2GiB', { kind: 'bits', perSecond: 2 * 8 * 1024 ** 3 }],
    ['full', { kind: 'full' }],
    ['0pps', { kind: 'full' }],
  ])('%s', (text, pace) => {
    expect(parseRate(text)).toEqual(pace);
  });

  test.each([
    '',
    '20',
    '20 furlongs',
    'pps',
    '-1pps',
    '1e3pps',
    '1..2pps',
    'toString',
    '1toString',
    '1kb',
    '9999999Mpps',
    '0.00000001pps',
  ])('%j is none', (text) => {
    expect(() => parseRate(text)).toThrow(PaceError);
  });

  test('the error names the text and the units', () => {
    expect(() => parseRate('20 furlongs')).toThrow(
      '"20 furlongs" is no rate: write a number and one of pps kpps Mpps Gpps bit kbit Mbit Gbit B kB MB GB KiB MiB GiB, or "full"',
    );
  });
});

describe('gaps', () => {
  test.each([
    ['50us', 50_000],
    ['50', 50_000],
    ['2s', 2e9],
    ['1.5ms', 1_500_000],
    ['800ns', 800],
    ['0.5ns', 0.5],
    ['3µs', 3000],
    ['0x10us', 16_000],
  ])('%s', (text, nanoseconds) => {
    expect(parseGap(text)).toEqual({ kind: 'gap', nanoseconds });
  });

  test('none at all is as fast as it goes', () => {
    expect(parseGap('0')).toEqual({ kind: 'full' });
  });

  test.each(['', 'us', '3m', '-3us', '1h', '90000s', '0.0000000001ns', '5pps'])('%j is none', (text) => {
    expect(() => parseGap(text)).toThrow(PaceError);
  });
});

test('whole numbers', () => {
  expect(['0', '12', '0xff', '10k', '2M', '3G'].map((text) => parseWhole(text, 'count', 0, 1e10))).toEqual([
    0, 12, 255, 10_000, 2_000_000, 3_000_000_000,
  ]);
  for (const text of ['', '-1', '1.5', '1e3', 'k', '0x', '11'])
    expect(() => parseWhole(text, 'count', 0, 10)).toThrow(
      `count: ${JSON.stringify(text)} is not a whole number from 0 to 10`,
    );
});

test('lists of CPUs', () => {
  expect(parseCpus('0')).toEqual([0]);
  expect(parseCpus('3, 0-2,1')).toEqual([3, 0, 1, 2]);
  for (const text of ['', ',', '1-', '-1', '3-1', '0;1', '9999', '0-99999', 'a'])
    expect(() => parseCpus(text)).toThrow(PaceError);
});

test('a pace is written as one would write it', () => {
  const texts = ['full', '20kpps', '1.5Mpps', '7pps', '100Mbit', '64kbit', '12bit'];
  expect(texts.map((text) => paceText(parseRate(text)))).toEqual(texts);
  expect(['50us', '2s', '800ns', '1.25ms'].map((text) => paceText(parseGap(text)))).toEqual([
    '50us',
    '2s',
    '800ns',
    '1.25ms',
  ]);
});

test('what is written is read as the same again', () => {
  const perSecond = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
  const nanoseconds = fc.double({ min: 1e-6, max: 8.64e13, noNaN: true });
  fc.assert(
    fc.property(perSecond, fc.constantFrom('packets' as const, 'bits' as const), (value, kind) => {
      expect(parseRate(paceText({ kind, perSecond: value }))).toEqual({ kind, perSecond: value });
    }),
    { seed: 1 },
  );
  fc.assert(
    fc.property(nanoseconds, (value) => {
      expect(parseGap(paceText({ kind: 'gap', nanoseconds: value }))).toEqual({
        kind: 'gap',
        nanoseconds: value,
      });
    }),
    { seed: 2 },
  );
});

test('any text gives a pace or a PaceError', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc
      .tuple(fc.constantFrom('1', '0x', '0.5', '1e9', ''), fc.constantFrom('pps', 'kB', 'us', '-', ',3'))
      .map((p) => p.join('')),
  );
  const parsers = [parseRate, parseGap, parseCpus, (text: string) => parseWhole(text, 'n', 0, 9)];
  fc.assert(
    fc.property(texts, fc.constantFrom(...parsers), (text, parse) => {
      try {
        parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(PaceError);
      }
    }),
    { seed: 3, numRuns: 500 },
  );
});
