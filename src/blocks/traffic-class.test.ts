import { expect, test } from 'vitest';
import { bytesOf, ethernetFrame } from '../testing/frames.js';
import { makePool } from '../testing/pool.js';
import { emitIpv4, isIpv4ChecksumRight } from '../wire/ipv4.js';
import { emitIpv6 } from '../wire/ipv6.js';
import { dscpOf, markCongestion } from './traffic-class.js';

function frameOf(bytes: Uint8Array) {
  const frame = makePool({ size: 1, slotSize: 256, headroom: 0 }).allocate()!;
  frame.fill(bytes);
  return frame;
}

function ipv4(tos: number, tagged = false) {
  const packet = new Uint8Array(28);
  emitIpv4(packet, 0, 28, 1, 64, 17, new Uint8Array(4), new Uint8Array(4).fill(9));
  const frame = frameOf(
    tagged
      ? ethernetFrame({ type: 0x8100, payload: Uint8Array.of(0, 5, 8, 0, ...packet) })
      : ethernetFrame({ payload: packet }),
  );
  const at = tagged ? 18 : 14;
  frame.setU8(at + 1, tos);
  frame.setU16(at + 10, frame.u16(at + 10) - tos); // a sum below the carry
  return frame;
}

function ipv6(trafficClass: number) {
  const packet = new Uint8Array(40);
  emitIpv6(packet, 0, 0, 59, 64, new Uint8Array(16), new Uint8Array(16));
  const frame = frameOf(ethernetFrame({ type: 0x86dd, payload: packet }));
  frame.setU16(14, frame.u16(14) | (trafficClass << 4));
  return frame;
}

test('reads the code point of IPv4 and IPv6, behind a VLAN tag too; 0 for the rest', () => {
  expect([ipv4(0xb8), ipv4(0xb9, true), ipv6(0xb8)].map(dscpOf)).toEqual([46, 46, 46]);
  const others = [
    new Uint8Array(0),
    ethernetFrame({ type: 0x0806 }),
    ethernetFrame({ payload: new Uint8Array(4) }),
  ];
  expect(others.map((bytes) => dscpOf(frameOf(bytes)))).toEqual([0, 0, 0]);
});

test('marks congestion where the transport is capable of it, and mends the checksum', () => {
  for (const ecn of [1, 2, 3]) {
    for (const tagged of [false, true]) {
      const at = tagged ? 18 : 14;
      const frame = ipv4(0xb8 | ecn, tagged);
      expect(isIpv4ChecksumRight(bytesOf(frame), at)).toBe(true);
      expect(markCongestion(frame)).toBe(true);
      expect(frame.u8(at + 1)).toBe(0xbb);
      expect(isIpv4ChecksumRight(bytesOf(frame), at)).toBe(true);
    }
    const frame = ipv6(0xb8 | ecn);
    expect(markCongestion(frame)).toBe(true);
    expect(frame.u16(14)).toBe(0x6bb0);
  }
});

test('changes nothing where it is not', () => {
  for (const frame of [
    ipv4(0xb8),
    ipv6(0xb8),
    frameOf(ethernetFrame({ type: 0x0806 })),
    frameOf(new Uint8Array(3)),
  ]) {
    const before = bytesOf(frame);
    expect(markCongestion(frame)).toBe(false);
    expect(bytesOf(frame)).toEqual(before);
  }
});
