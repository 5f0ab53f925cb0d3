import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitArp } from './arp.js';
import { emitEthernet } from './ethernet.js';
import { emitIcmpEcho } from './icmp.js';
import { emitIpv4, parseIpv4 } from './ipv4.js';
import { emitIpv6 } from './ipv6.js';
import { summarize } from './summary.js';
import { emitTcp, TCP_ACK, TCP_SYN } from './tcp.js';
import { emitUdp } from './udp.js';
import { insertVlanTag } from './vlan.js';

const A = Uint8Array.of(2, 0, 0, 0, 0, 0xa);
const B = Uint8Array.of(2, 0, 0, 0, 0, 0xb);
const IP_A = parseIpv4('10.0.0.1')!;
const IP_B = parseIpv4('10.0.0.2')!;

/** A frame that starts at 6 and has 60 zero bytes behind its header. */
function frame(type: number, fill: (bytes: Uint8Array, at: number) => void): string {
  const bytes = new Uint8Array(6 + 14 + 60);
  emitEthernet(bytes, 6, B, A, type);
  fill(bytes, 20);
  return summarize(bytes, 6, 74);
}

test('ARP', () => {
  expect(frame(0x0806, (bytes, at) => emitArp(bytes, at, 1, A, IP_B, new Uint8Array(6), IP_A))).toBe(
    'ARP who-has 10.0.0.1 tell 10.0.0.2',
  );
  expect(frame(0x0806, (bytes, at) => emitArp(bytes, at, 2, A, IP_A, B, IP_B))).toBe(
    'ARP 10.0.0.1 is-at 02:00:00:00:00:0a',
  );
  expect(frame(0x0806, () => {})).toBe('ARP hardware 0 protocol 0x0000 operation 0');
});

test('IPv4', () => {
  const tcp = (bytes: Uint8Array, at: number) => {
    emitIpv4(bytes, at, 43, 1, 64, 6, IP_A, IP_B);
    emitTcp(bytes, at + 20, 80, 3333, 1, 2, TCP_SYN | TCP_ACK, 100);
  };
  expect(frame(0x0800, tcp)).toBe(
    'IPv4 10.0.0.1:80 > 10.0.0.2:3333 TCP SA seq 1 ack 2 win 100 len 3 [bad TCP checksum]',
  );
  expect(
    frame(0x0800, (bytes, at) => {
      emitIpv4(bytes, at, 40, 1, 64, 17, IP_A, IP_B);
      emitUdp(bytes, at + 20, 53, 4000, 20);
    }),
  ).toBe('IPv4 10.0.0.1:53 > 10.0.0.2:4000 UDP len 12');
  expect(
    frame(0x0800, (bytes, at) => {
      emitIpv4(bytes, at, 30, 1, 64, 1, IP_A, IP_B);
      emitIcmpEcho(bytes, at + 20, 8, 5, 6, 2);
    }),
  ).toBe('IPv4 10.0.0.1 > 10.0.0.2 ICMP echo-request id 5 seq 6 len 10');
  expect(
    frame(0x0800, (bytes, at) => {
      tcp(bytes, at);
      bytes.set([0x20, 2], at + 6);
    }),
  ).toBe(
    'IPv4 10.0.0.1 > 10.0.0.2 TCP fragment at 16 id 1 more len 23 [bad IPv4 checksum] [IPv4: a fragment of 23 bytes with more behind, at byte 16]',
  );
  expect(frame(0x0800, (bytes, at) => emitIpv4(bytes, at, 30, 1, 64, 6, IP_A, IP_B))).toBe(
    'IPv4 10.0.0.1 > 10.0.0.2 TCP malformed len 10 [TCP: header of 20 bytes, 10 there, at byte 44]',
  );
  expect(frame(0x0800, (bytes, at) => emitIpv4(bytes, at, 30, 1, 64, 47, IP_A, IP_B))).toBe(
    'IPv4 10.0.0.1 > 10.0.0.2 GRE len 10',
  );
  expect(frame(0x0800, () => {})).toBe(
    'IPv4 malformed len 60 [IPv4: version 0, at byte 14] [IPv4: header length of 0, at byte 14]',
  );
});

test('IPv6', () => {
  const one = new Uint8Array(16);
  one[15] = 1;
  expect(
    frame(0x86dd, (bytes, at) => {
      emitIpv6(bytes, at, 20, 6, 64, one, one);
      emitTcp(bytes, at + 40, 80, 90, 1, 2, 0, 100);
    }),
  ).toBe('IPv6 [::1]:80 > [::1]:90 TCP - seq 1 win 100 len 0 [bad TCP checksum]');
  expect(
    frame(0x86dd, (bytes, at) => {
      emitIpv6(bytes, at, 16, 58, 64, one, one);
      bytes[at + 40] = 128;
    }),
  ).toBe('IPv6 ::1 > ::1 ICMPv6 echo-request id 0 seq 0 len 16 [bad ICMPv6 checksum]');
});

test('other types, tags, short frames', () => {
  expect(frame(0xac0a, () => {})).toBe('0xac0a vlink 10 02:00:00:00:00:0a > 02:00:00:00:00:0b len 60');
  expect(frame(0x88cc, () => {})).toBe('0x88cc 02:00:00:00:00:0a > 02:00:00:00:00:0b len 60');
  expect(frame(60, () => {})).toBe('802.3 02:00:00:00:00:0a > 02:00:00:00:00:0b LLC 0x00 > 0x00 len 56');
  expect(summarize(new Uint8Array(20), 10, 20)).toBe('short frame of 10 bytes');
  const bytes = new Uint8Array(64);
  emitEthernet(bytes, 4, B, A, 0x0806);
  insertVlanTag(bytes, 4, 0x8100, 42);
  expect(summarize(bytes, 0, 64)).toBe('VLAN 42 ARP hardware 0 protocol 0x0000 operation 0');
  expect(summarize(bytes, 0, 16)).toBe('short VLAN tag');
});

test('any bytes give one line', () => {
  const type = fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0xac01, 0);
  fc.assert(
    fc.property(type, type, fc.uint8Array({ maxLength: 120 }), fc.nat(130), (outer, inner, data, length) => {
      const bytes = new Uint8Array(18 + data.length);
      emitEthernet(bytes, 0, B, A, outer);
      bytes.set([0, 1, inner >> 8, inner & 0xff], 14);
      bytes.set(data, outer === 0x8100 ? 18 : 14);
      const line = summarize(bytes, 0, length);
      expect(line).toMatch(/^[\x20-\x7e]{5,500}$/);
      expect(line).not.toMatch(/undefined|NaN/);
    }),
    { seed: 20261120, numRuns: 2000 },
  );
});
