import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyBytes, readU16, readU32, writeU16, writeU32 } from './bytes.js';

const seed = { seed: 20261120, numRuns: 200 };

test('words are in network order, whatever their sign bit', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.integer({ min: 0, max: 0xffffffff }), (short, long) => {
      const bytes = new Uint8Array(8);
      const view = new DataView(bytes.buffer);
      writeU16(bytes, 1, short);
      writeU32(bytes, 3, long);
      expect([view.getUint16(1), view.getUint32(3)]).toEqual([short, long]);
      expect([readU16(bytes, 1), readU32(bytes, 3)]).toEqual([short, long]);
    }),
    seed,
  );
});

test('beyond the end reads answer 0 and writes do nothing', () => {
  const bytes = Uint8Array.of(0xff, 0xff);
  expect([readU16(bytes, 2), readU32(bytes, 9), readU16(bytes, 1), readU16(bytes, -5)]).toEqual([
    0, 0, 0xff00, 0,
  ]);
  writeU32(bytes, 2, 1);
  expect([...bytes]).toEqual([0xff, 0xff]);
});

test('copies are exact on both sides of the loop limit, within one array too', () => {
  const source = Uint8Array.from({ length: 400 }, (_, i) => i * 7);
  for (const length of [0, 1, 95, 96, 97, 300]) {
    const target = new Uint8Array(400);
    copyBytes(source, 5, length, target, 9);
    expect(target.subarray(9, 9 + length)).toEqual(source.subarray(5, 5 + length));
    expect(target.subarray(9 + length).every((byte) => byte === 0)).toBe(true);
    const same = source.slice();
    copyBytes(same, 5, length, same, 9); // overlapping
    expect(same.subarray(9, 9 + length)).toEqual(source.subarray(5, 5 + length));
  }
});
