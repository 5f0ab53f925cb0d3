import { describe, expect, test } from 'vitest';
import { bytesOfSize, lineRate, STANDARD_SIZES, wireBits } from './sizes.js';

describe('the most frames that fit on a wire', () => {
  // RFC 2544 appendix B, Ethernet of 10 Mb/s.
  test.each([
    [64, 14880],
    [128, 8445],
    [256, 4528],
    [512, 2349],
    [768, 1586],
    [1024, 1197],
    [1280, 961],
    [1518, 812],
  ])('10 Mb/s, %i bytes', (size, rate) => {
    expect(lineRate(size, 10e6)).toBe(rate);
  });

  test.each([
    [64, 1e9, 1_488_095],
    [1518, 1e9, 81_274],
    [64, 10e9, 14_880_952],
    [1518, 10e9, 812_743],
    [64, 100e6, 148_809],
    [64, 100e9, 148_809_523],
  ])('%i bytes at %f b/s', (size, speed, rate) => {
    expect(lineRate(size, speed)).toBe(rate);
  });

  test('at that rate the wire is full, and one more frame does not fit', () => {
    for (const size of STANDARD_SIZES) {
      const rate = lineRate(size, 1e9);
      expect(rate * wireBits(size)).toBeLessThanOrEqual(1e9);
      expect((rate + 1) * wireBits(size)).toBeGreaterThan(1e9);
    }
  });
});

test('the kernel is given a frame without its check sequence', () => {
  expect(STANDARD_SIZES.map(bytesOfSize)).toEqual([60, 124, 252, 508, 1020, 1276, 1514]);
});
