import fc from 'fast-check';
import { expect, test } from 'vitest';
import { internetChecksum } from './checksum.js';
import { emitEthernet } from './ethernet.js';
import { emitIpv4, ipv4PseudoSum } from './ipv4.js';
import { emitIpv6, ipv6PseudoSum } from './ipv6.js';
import { completeUnfinished } from './unfinished-checksum.js';

const MAC = new Uint8Array(6);
const FIELD = { 6: 16, 17: 6 } as const;

interface Shape {
  readonly version: 4 | 6;
  readonly protocol: 6 | 17;
  readonly tags: number;
  readonly padding: number;
  readonly payload: Uint8Array;
}

/** A frame whose checksum holds the sum of the pseudo-header; where its transport header is, and how long that part. */
function unfinished({ version, protocol, tags, padding, payload }: Shape) {
  const size = (protocol === 6 ? 20 : 8) + payload.length;
  const ip = 14 + 4 * tags;
  const at = ip + (version === 4 ? 20 : 40);
  const bytes = new Uint8Array(3 + at + size + padding);
  const frame = bytes.subarray(3); // not at the memory's beginning
  emitEthernet(frame, 0, MAC, MAC, 0x8100);
  for (let tag = 0; tag < tags; tag++) frame.set([0x81, 0, 0, 5], 12 + 4 * tag);
  const type = version === 4 ? [0x08, 0x00] : [0x86, 0xdd];
  frame.set(type, ip - 2);
  if (version === 4)
    emitIpv4(frame, ip, 20 + size, 1, 64, protocol, payload.subarray(0, 4), payload.subarray(4, 8));
  else emitIpv6(frame, ip, size, protocol, 64, payload.subarray(0, 16), payload.subarray(16, 32));
  if (protocol === 17) frame.set([size >> 8, size & 0xff], at + 4);
  frame.set(payload, at + size - payload.length);
  if (padding > 0) frame.fill(0xee, at + size);
  const pseudo =
    version === 4 ? ipv4PseudoSum(frame, ip, protocol, size) : ipv6PseudoSum(frame, ip, protocol, size);
  const field = at + FIELD[protocol];
  frame.set([pseudo >> 8, pseudo & 0xff], field);
  const right = () => internetChecksum(frame, at, size, pseudo) === 0;
  return { bytes, frame, at, field, right, complete: () => completeUnfinished(bytes, 3, frame.length) };
}

const shapes = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  protocol: fc.constantFrom(6 as const, 17 as const),
  tags: fc.integer({ min: 0, max: 2 }),
  padding: fc.integer({ min: 0, max: 3 }),
  payload: fc.uint8Array({ minLength: 32, maxLength: 90 }),
});

test('what an offload left is finished, padding and tags or not, and then left alone', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const { bytes, right, complete } = unfinished(shape);
      expect(complete()).toBe(true);
      expect(right()).toBe(true);
      const done = bytes.slice();
      complete();
      expect(bytes).toEqual(done);
    }),
    { seed: 20261120, numRuns: 500 },
  );
});

test('a checksum that is right stays, and so does one that is wrong', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 0xfffe }), (shape, error) => {
      const made = unfinished(shape);
      const pseudo = (made.frame[made.field] << 8) | made.frame[made.field + 1];
      const wrong = (pseudo + error) & 0xffff;
      made.frame.set([wrong >> 8, wrong & 0xff], made.field);
      const before = made.bytes.slice();
      expect(made.complete()).toBe(false);
      expect(made.bytes).toEqual(before);
    }),
    { seed: 20261121, numRuns: 500 },
  );
});

test('fragments and what is cut short are left alone, and no bytes do harm', () => {
  const made = unfinished({
    version: 4,
    protocol: 17,
    tags: 0,
    padding: 0,
    payload: new Uint8Array(40).fill(7),
  });
  made.frame[20] = 0x20; // more fragments
  const before = made.bytes.slice();
  expect(made.complete()).toBe(false);
  made.frame[20] = before[3 + 20] = 0;
  expect(completeUnfinished(made.bytes, 3, made.frame.length - 1)).toBe(false);
  expect(made.bytes).toEqual(before);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 14, maxLength: 120 }),
      fc.constantFrom(0x0800, 0x86dd, 0x8100),
      (bytes, type) => {
        bytes.set([type >> 8, type & 0xff], 12);
        const guarded = new Uint8Array(bytes.length + 64).fill(0xaa);
        guarded.set(bytes, 32);
        completeUnfinished(guarded, 32, bytes.length);
        expect(
          [...guarded.subarray(0, 32), ...guarded.subarray(32 + bytes.length)].every((b) => b === 0xaa),
        ).toBe(true);
      },
    ),
    { seed: 20261122, numRuns: 500 },
  );
});
