import { expect, test } from 'vitest';
import { readU32 } from '../wire/bytes.js';
import { numberedFrame } from './numbered-frame.js';

test('counts from 0 and leaves the original alone', () => {
  const frame = new Uint8Array(20).fill(7);
  const numbered = numberedFrame(frame, 16);
  expect(numbered.changes).toBe(true);
  expect(readU32(numbered.bytes, 16)).toBe(0);
  numbered.advance();
  numbered.advance();
  expect(readU32(numbered.bytes, 16)).toBe(2);
  expect([...numbered.bytes.subarray(0, 16)]).toEqual([...frame.subarray(0, 16)]);
  expect([...frame]).toEqual(Array(20).fill(7));
});

test('several workers share the numbers among them', () => {
  const sent = [0, 1, 2].flatMap((worker) => {
    const numbered = numberedFrame(new Uint8Array(4), 0, worker, 3);
    return [0, 1, 2, 3].map(() => {
      const number = readU32(numbered.bytes, 0);
      numbered.advance();
      return number;
    });
  });
  expect(sent.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('goes round behind the last number', () => {
  const numbered = numberedFrame(new Uint8Array(4), 0, 0xffff_ffff);
  numbered.advance();
  expect(readU32(numbered.bytes, 0)).toBe(0);
});

test.each([-1, 17, 20])('refuses a number at byte %i of 20', (at) => {
  expect(() => numberedFrame(new Uint8Array(20), at)).toThrow(RangeError);
});
