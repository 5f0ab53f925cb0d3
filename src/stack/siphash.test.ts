import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SipHash } from './siphash.js';

const MASK = (1n << 64n) - 1n;

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK;
}

/** SipHash-2-4 word for word as the paper has it, with 64-bit words: what the class is measured by. */
function reference(key: Uint8Array, message: Uint8Array): bigint {
  const word = (bytes: Uint8Array): bigint =>
    bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const k0 = word(key.subarray(0, 8));
  const k1 = word(key.subarray(8));
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & MASK;
      v2 = (v2 + v3) & MASK;
      v1 = rotate(v1, 13n) ^ v0;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v1) & MASK;
      v0 = (v0 + v3) & MASK;
      v1 = rotate(v1, 17n) ^ v2;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = rotate(v2, 32n);
    }
  };
  const padded = new Uint8Array(8 * (Math.floor(message.length / 8) + 1));
  padded.set(message);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 8) {
    const m = word(padded.subarray(at, at + 8));
    v3 ^= m;
    rounds(2);
    v0 ^= m;
  }
  v2 ^= 0xffn;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

/** A hash whose key is the one of these bytes. */
function keyed(key: Uint8Array): SipHash {
  const view = new DataView(key.buffer, key.byteOffset);
  let at = 0;
  return new SipHash(() => {
    at += 4;
    return view.getUint32(at - 4, true);
  });
}

const paperKey = Uint8Array.from({ length: 16 }, (_, i) => i);

test("the paper's own example: key 00…0f, message 00…0e", () => {
  expect(reference(paperKey, paperKey.subarray(0, 15))).toBe(0xa129ca6149be45e5n);
});

test('vectors of the reference implementation, key 00…0f, messages 00, 01, … of 0, 8 and 16 bytes', () => {
  const known = [0x726fdb47dd0e0e31n, 0x93f5f5799a932462n, 0x3f2acc7f57c29bdbn];
  const words = new Int32Array([0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]);
  const hash = keyed(paperKey);
  known.forEach((value, i) => {
    expect(reference(paperKey, paperKey.subarray(0, 8 * i))).toBe(value);
    expect(hash.words(words, 2 * i) >>> 0).toBe(Number(value & 0xffff_ffffn));
  });
});

test('any key and message: the lower half of SipHash-2-4', () => {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      bytes(16),
      fc.integer({ min: 0, max: 6 }).chain((n) => bytes(8 * n)),
      (key, message) => {
        const own = message.slice();
        const words = new Int32Array(own.buffer, 0, own.length / 4);
        const expected = Number(reference(key, message) & 0xffff_ffffn);
        expect(keyed(key.slice()).words(words, words.length) >>> 0).toBe(expected);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});
