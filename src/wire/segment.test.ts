import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readU16 } from './bytes.js';
import { internetChecksum } from './checksum.js';
import { emitEthernet } from './ethernet.js';
import * as v4 from './ipv4.js';
import * as v6 from './ipv6.js';
import { emitSegment, type Gso, segmentCount } from './segment.js';
import * as tcp from './tcp.js';
import * as udp from './udp.js';
import { GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP, GSO_UDP_L4 } from './virtio-net.js';
import { insertVlanTag } from './vlan.js';

interface Shape {
  six: boolean;
  udp: boolean;
  vlan: boolean;
  payload: number;
  flags: number;
  sequence: number;
}

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** A long frame, eight bytes into its array, with the IP header's place. */
function build(shape: Shape): { bytes: Uint8Array; offset: number; length: number; network: number } {
  const bytes = new Uint8Array(8 + 100 + shape.payload + 9);
  let offset = 8;
  emitEthernet(bytes, offset, MAC, MAC, shape.six ? 0x86dd : 0x0800);
  const ip = offset + 14;
  const ipHeader = shape.six ? 40 : 20;
  const at = ip + ipHeader;
  const header = shape.udp ? 8 : 32;
  const protocol = shape.udp ? 17 : 6;
  const address = Uint8Array.from({ length: shape.six ? 16 : 4 }, (_, i) => i + 10);
  if (shape.six) v6.emitIpv6(bytes, ip, header + shape.payload, protocol, 64, address, address);
  else v4.emitIpv4(bytes, ip, ipHeader + header + shape.payload, 0xfffe, 64, protocol, address, address);
  if (shape.udp) udp.emitUdp(bytes, at, 7, 9, header + shape.payload);
  else {
    tcp.emitTcp(bytes, at, 7, 9, shape.sequence, 5, shape.flags, 100);
    bytes[at + 12] = 8 << 4; // twelve bytes of options
    bytes.fill(1, at + 20, at + 32);
  }
  for (let i = 0; i < shape.payload; i++) bytes[at + header + i] = i * 31 + (i >> 8);
  let length = 14 + ipHeader + header + shape.payload;
  if (shape.vlan) {
    insertVlanTag(bytes, offset, 0x8100, 42);
    offset -= 4;
    length += 4;
  }
  return { bytes, offset, length, network: shape.vlan ? 18 : 14 };
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  six: fc.boolean(),
  udp: fc.boolean(),
  vlan: fc.boolean(),
  payload: fc.nat(5000),
  flags: fc.nat(255),
  sequence: fc.integer({ min: 0, max: 0xffffffff }),
});

test('segments are whole frames that carry the payload once, in order', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 1500 }), fc.boolean(), (shape, wanted, ecn) => {
      const size = Math.max(wanted, Math.ceil(shape.payload / 40));
      const { bytes, offset, length, network } = build(shape);
      const type = (shape.udp ? GSO_UDP_L4 : shape.six ? GSO_TCPV6 : GSO_TCPV4) | (ecn ? GSO_ECN : 0);
      const gso: Gso = { type, size };
      const count = segmentCount(bytes, offset, length, gso);
      expect(count).toBe(Math.max(1, Math.ceil(shape.payload / size)));
      const ipHeader = shape.six ? 40 : 20;
      const header = shape.udp ? 8 : 32;
      const protocol = shape.udp ? 17 : 6;
      const parts: number[] = [];
      for (let i = 0; i < count; i++) {
        const target = new Uint8Array(2000 + size);
        const made = emitSegment(bytes, offset, length, gso, i, target, 3);
        const ip = 3 + network;
        const at = ip + ipHeader;
        const rest = made - network - ipHeader;
        expect(target.subarray(3, ip)).toEqual(bytes.subarray(offset, offset + network));
        if (shape.six) {
          expect(v6.isIpv6(target, ip, made - network)).toBe(true);
          expect(v6.ipv6PayloadLength(target, ip)).toBe(rest);
        } else {
          expect(v4.isIpv4(target, ip, made - network)).toBe(true);
          expect(v4.ipv4TotalLength(target, ip)).toBe(made - network);
          expect(v4.isIpv4ChecksumRight(target, ip)).toBe(true);
          expect(v4.ipv4Id(target, ip)).toBe((0xfffe + i) & 0xffff);
        }
        const pseudo = (shape.six ? v6.ipv6PseudoSum : v4.ipv4PseudoSum)(target, ip, protocol, rest);
        expect(internetChecksum(target, at, rest, pseudo)).toBe(0);
        if (shape.udp) expect(udp.udpLength(target, at)).toBe(rest);
        else {
          expect(tcp.tcpSequence(target, at)).toBe((shape.sequence + i * size) % 2 ** 32);
          const last = i === count - 1 ? 0 : tcp.TCP_FIN | tcp.TCP_PSH;
          expect(tcp.tcpFlags(target, at)).toBe(shape.flags & ~last & ~(i > 0 ? tcp.TCP_CWR : 0));
        }
        expect(target.subarray(3 + made).every((byte) => byte === 0)).toBe(true);
        parts.push(...target.subarray(at + header, 3 + made));
      }
      const from = offset + network + ipHeader + header;
      expect(Uint8Array.from(parts)).toEqual(bytes.slice(from, from + shape.payload));
      expect(emitSegment(bytes, offset, length, gso, count, new Uint8Array(3000), 0)).toBe(0);
    }),
    { seed: 20261120, numRuns: 150 },
  );
});

const base: Shape = { six: false, udp: false, vlan: false, payload: 3000, flags: 0x18, sequence: 1 };

test.each<[string, Gso, (bytes: Uint8Array, ip: number) => void]>([
  ['no type', { type: 0, size: 1000 }, () => {}],
  ['UFO', { type: GSO_UDP, size: 1000 }, () => {}],
  ['size 0', { type: GSO_TCPV4, size: 0 }, () => {}],
  ['wrong version', { type: GSO_TCPV6, size: 1000 }, () => {}],
  ['wrong protocol', { type: GSO_UDP_L4, size: 1000 }, () => {}],
  ['fragment', { type: GSO_TCPV4, size: 1000 }, (bytes, ip) => bytes.set([0x20, 0], ip + 6)],
  [
    'total length beyond the frame',
    { type: GSO_TCPV4, size: 1000 },
    (bytes, ip) => bytes.set([0xff, 0xff], ip + 2),
  ],
  ['IP header of 16', { type: GSO_TCPV4, size: 1000 }, (bytes, ip) => bytes.set([0x44], ip)],
  ['TCP header of 16', { type: GSO_TCPV4, size: 1000 }, (bytes, ip) => bytes.set([0x40], ip + 32)],
  ['not IP', { type: GSO_TCPV4, size: 1000 }, (bytes, ip) => bytes.set([0xac, 0x0a], ip - 2)],
])('%s is refused', (_name, gso, damage) => {
  const { bytes, offset, length, network } = build(base);
  const right = { type: GSO_TCPV4, size: 1000 };
  expect(segmentCount(bytes, offset, length, right)).toBe(3);
  damage(bytes, offset + network);
  const target = new Uint8Array(2000);
  expect(segmentCount(bytes, offset, length, gso)).toBe(0);
  expect(emitSegment(bytes, offset, length, gso, 0, target, 0)).toBe(0);
  expect(target.every((byte) => byte === 0)).toBe(true);
});

test('a target that is too short gets nothing', () => {
  const { bytes, offset, length } = build(base);
  const gso = { type: GSO_TCPV4, size: 1000 };
  const full = 14 + 52 + 1000;
  expect(emitSegment(bytes, offset, length, gso, 0, new Uint8Array(full - 1), 0)).toBe(0);
  expect(emitSegment(bytes, offset, length, gso, 0, new Uint8Array(full), 1)).toBe(0);
  expect(emitSegment(bytes, offset, length, gso, 0, new Uint8Array(full), 0)).toBe(full);
});

test('padding behind the packet is left away', () => {
  const { bytes, offset, length, network } = build({ ...base, payload: 100 });
  const target = new Uint8Array(400);
  const gso = { type: GSO_TCPV4, size: 1000 };
  expect(emitSegment(bytes, offset, length + 9, gso, 0, target, 0)).toBe(length);
  expect(readU16(target, network + 2)).toBe(length - network);
});

test('cut, mutated and random frames never throw and never write beyond the segment', () => {
  fc.assert(
    fc.property(
      shapes,
      fc.nat(6000),
      fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
      fc.constantFrom(GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4),
      fc.nat(2000),
      (shape, cut, changes, type, size) => {
        const { bytes, offset, length } = build(shape);
        for (const [at, value] of changes) bytes[offset + at] = value;
        const kept = Math.min(cut, length);
        const target = new Uint8Array(1600);
        const count = segmentCount(bytes, offset, kept, { type, size });
        for (let i = 0; i < Math.min(count, 5); i++) {
          target.fill(0);
          const made = emitSegment(bytes, offset, kept, { type, size }, i, target, 0);
          expect(target.subarray(made).every((byte) => byte === 0)).toBe(true);
        }
        expect(segmentCount(bytes, offset, bytes.length, { type, size })).toBe(0);
      },
    ),
    { seed: 20261120, numRuns: 300 },
  );
});
