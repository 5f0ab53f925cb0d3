import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import {
  completePartial,
  foldSum,
  internetChecksum,
  sumWords,
  updateChecksum,
  updateChecksum32,
} from './checksum.js';

const seed = { seed: 20261120, numRuns: 300 };

/** RFC 1071 word by word, with exact integers. */
function reference(bytes: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 2) sum += BigInt((bytes[i] << 8) | (bytes[i + 1] ?? 0));
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(sum);
}

test('the example of RFC 1071 §3', () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(sumWords(bytes, 0, 8)).toBe(0xddf2);
  expect(internetChecksum(bytes, 0, 8)).toBe(0x220d);
});

test('sums equal the reference for every length and place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(5), (data, offset) => {
      const bytes = new Uint8Array(offset + data.length + 3).fill(0xee);
      bytes.set(data, offset);
      expect(sumWords(bytes, offset, data.length)).toBe(reference(data));
    }),
    seed,
  );
  const long = new Uint8Array(1 << 20).fill(0xff);
  expect(sumWords(long, 0, long.length)).toBe(0xffff);
  expect(foldSum(2 ** 40 + 5)).toBe(reference(Uint8Array.of(1, 0, 0, 5)));
});

test('a sum may go on from another', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 90 }), fc.nat(19), (data, half) => {
      const first = sumWords(data, 0, 2 * half);
      expect(sumWords(data, 2 * half, data.length - 2 * half, first)).toBe(sumWords(data, 0, data.length));
    }),
    seed,
  );
});

test('incremental updates equal a new computation (RFC 1624)', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.nat(8),
      fc.nat(0xffff),
      fc.integer({ min: 0, max: 0xffffffff }),
      (data, word, short, long) => {
        data[19] = 1; // all-zero data has two right answers, 0 and 0xffff
        const at = word * 2;
        const before = internetChecksum(data, 0, 20);
        const changed = data.slice();
        writeU16(changed, at, short);
        expect(updateChecksum(before, readU16(data, at), short)).toBe(internetChecksum(changed, 0, 20));
        const at32 = Math.min(at, 14);
        const changed32 = data.slice();
        writeU32(changed32, at32, long);
        const expected = internetChecksum(changed32, 0, 20);
        expect(updateChecksum32(before, readU32(data, at32), long)).toBe(expected);
      },
    ),
    seed,
  );
  // RFC 1624 §4: the case that equation 2 gets wrong.
  expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
});

test('a partial checksum is completed over the rest of the frame', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 64 }),
      fc.nat(10),
      fc.nat(0xffff),
      (data, start, pseudo) => {
        const length = start + data.length;
        const bytes = new Uint8Array(4 + length + 4).fill(0xaa);
        bytes.set(data, 4 + start);
        writeU16(bytes, 4 + start + 6, pseudo);
        expect(completePartial(bytes, 4, length, start, 6)).toBe(true);
        // Over pseudo-header and data with its checksum, the sum is all ones.
        expect(sumWords(bytes, 4 + start, data.length, pseudo)).toBe(0xffff);
        expect(readU16(bytes, 4 + start + 6)).not.toBe(0);
        expect(bytes.subarray(4 + length).every((byte) => byte === 0xaa)).toBe(true);
      },
    ),
    seed,
  );
});

test('a completed checksum of zero is stored as 0xffff', () => {
  const bytes = Uint8Array.of(0xff, 0xff, 0, 0);
  expect(completePartial(bytes, 0, 4, 0, 2)).toBe(true);
  expect([...bytes]).toEqual([0xff, 0xff, 0xff, 0xff]);
});

test('a field outside of the frame is refused and nothing is written', () => {
  const bytes = new Uint8Array(20).fill(1);
  for (const [start, offset] of [
    [14, 5],
    [20, 0],
    [65535, 65535],
    [-1, 0],
    [4, -1],
  ]) {
    expect(completePartial(bytes, 0, 20, start, offset)).toBe(false);
  }
  expect(completePartial(bytes, 4, 20, 0, 0)).toBe(false);
  expect(bytes.every((byte) => byte === 1)).toBe(true);
  expect(completePartial(bytes, 0, 20, 14, 4)).toBe(true);
});
