import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import { isIpv4ChecksumRight } from '../../wire/ipv4.js';
import { codePoint } from './code-point.js';

test('any code point on any other: ECN stays, the checksum is the one of a full computation', () => {
  const x = new OneBlock('set-dscp', { dscp: 0 });
  fc.assert(
    fc.property(fc.nat(63), fc.nat(255), fc.nat(0xffff), (dscp, tos, id) => {
      x.set({ dscp });
      x.send(ipv4Packet({ tos, id }));
      const expected = ipv4Packet({ tos: (dscp << 2) | (tos & 3), id });
      expect(x.out().map((out) => hexOf(out.bytes))).toEqual([hexOf(expected)]);
    }),
    { seed: 2, numRuns: 300 },
  );
});

test('counts what it changes; a damaged checksum stays damaged', () => {
  const x = new OneBlock('set-dscp', { dscp: 'EF', offset: 14 });
  const link = new Uint8Array(14);
  const packet = ipv4Packet({ tos: 46 << 2 });
  x.send(Uint8Array.of(...link, ...packet), 1);
  expect(hexOf(x.out('egress')[0].bytes.subarray(14))).toBe(hexOf(packet));
  const damaged = ipv4Packet();
  damaged[10] ^= 0x40;
  x.send(Uint8Array.of(...link, ...damaged));
  const [out] = x.out();
  expect([out.bytes[15], isIpv4ChecksumRight(out.bytes, 14)]).toEqual([46 << 2, false]);
  expect(x.node.block('x')).toMatchObject({ packets: 2, changed: 1 });
  x.send(new Uint8Array(33));
  expect(x.drops()).toEqual({ 'too-short': 1 });
});

test.each([
  ['EF', 46],
  ['ef', 46],
  ['AF11', 10],
  ['AF43', 38],
  ['CS6', 48],
  ['VA', 44],
  ['LE', 1],
  ['BE', 0],
  ['63', 63],
  [12, 12],
])('%s is %i', (name, value) => {
  expect(codePoint(name)).toBe(value);
});

test.each(['', 'AF44', 'AF50', 'CS8', '64', '-1', '012', 'toString'])('"%s" is none', (name) => {
  expect(() => codePoint(name)).toThrow(`dscp: "${name}" is neither`);
});

test('its inline source does the same', () => {
  expect(sameAsInline('set-dscp', { dscp: 46 })).toEqual([]);
  expect(sameAsInline('set-dscp', { dscp: 'AF21', offset: 14 })).toEqual([]);
});
