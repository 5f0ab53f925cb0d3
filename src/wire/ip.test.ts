import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as arp from './arp.js';
import { internetChecksum } from './checksum.js';
import * as icmp from './icmp.js';
import * as v4 from './ipv4.js';
import * as v6 from './ipv6.js';
import * as tcp from './tcp.js';
import * as udp from './udp.js';

const seed = { seed: 20261120, numRuns: 200 };
const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ip6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });

test('ARP', () => {
  fc.assert(
    fc.property(mac, ip4, mac, ip4, u16, (senderMac, senderIp, targetMac, targetIp, operation) => {
      const bytes = new Uint8Array(34);
      arp.emitArp(bytes, 3, operation, senderMac, senderIp, targetMac, targetIp);
      expect(arp.isArp(bytes, 3, 28)).toBe(true);
      expect(arp.isArp(bytes, 3, 27)).toBe(false);
      expect(arp.arpOperation(bytes, 3)).toBe(operation);
      const at = (offset: number, n: number) => bytes.slice(3 + offset, 3 + offset + n);
      expect(at(arp.ARP_SENDER_MAC, 6)).toEqual(senderMac);
      expect(at(arp.ARP_SENDER_IP, 4)).toEqual(senderIp);
      expect(at(arp.ARP_TARGET_MAC, 6)).toEqual(targetMac);
      expect(at(arp.ARP_TARGET_IP, 4)).toEqual(targetIp);
      for (const wrong of [0, 2, 4, 5]) {
        const other = bytes.slice();
        other[3 + wrong] ^= 0x40;
        expect(arp.isArp(other, 3, 28)).toBe(false);
      }
    }),
    seed,
  );
});

test('IPv4 header and TCP, UDP, ICMP over it have right checksums', () => {
  fc.assert(
    fc.property(
      ip4,
      ip4,
      u16,
      fc.nat(255),
      fc.uint8Array({ maxLength: 60 }),
      u16,
      u16,
      u32,
      (source, destination, id, ttl, data, a, b, sequence) => {
        const bytes = new Uint8Array(120);
        const total = 40 + data.length;
        v4.emitIpv4(bytes, 5, total, id, ttl, v4.PROTOCOL_TCP, source, destination);
        expect(v4.isIpv4(bytes, 5, total)).toBe(true);
        expect(v4.isIpv4(bytes, 5, total - 1)).toBe(false);
        expect(v4.isIpv4ChecksumRight(bytes, 5)).toBe(true);
        expect(v4.isIpv4Fragment(bytes, 5)).toBe(false);
        expect([v4.ipv4Id(bytes, 5), v4.ipv4Ttl(bytes, 5), v4.ipv4Protocol(bytes, 5)]).toEqual([id, ttl, 6]);
        expect(bytes.slice(5 + v4.IPV4_SOURCE, 5 + v4.IPV4_SOURCE + 4)).toEqual(source);
        expect(bytes.slice(5 + v4.IPV4_DESTINATION, 5 + v4.IPV4_DESTINATION + 4)).toEqual(destination);

        bytes.set(data, 45);
        tcp.emitTcp(bytes, 25, a, b, sequence, ~sequence >>> 0, tcp.TCP_ACK, 512);
        const tcpLength = 20 + data.length;
        const tcpSum = v4.ipv4PseudoSum(bytes, 5, v4.PROTOCOL_TCP, tcpLength);
        tcp.completeTcp(bytes, 25, tcpLength, tcpSum);
        expect(internetChecksum(bytes, 25, tcpLength, tcpSum)).toBe(0);
        expect(tcp.isTcp(bytes, 25, tcpLength)).toBe(true);
        expect([tcp.tcpSourcePort(bytes, 25), tcp.tcpDestinationPort(bytes, 25)]).toEqual([a, b]);
        expect([tcp.tcpSequence(bytes, 25), tcp.tcpAcknowledgement(bytes, 25)]).toEqual([
          sequence,
          ~sequence >>> 0,
        ]);
        expect([tcp.tcpFlags(bytes, 25), tcp.tcpWindow(bytes, 25)]).toEqual([tcp.TCP_ACK, 512]);

        const udpLength = 8 + data.length;
        bytes.set(data, 33);
        udp.emitUdp(bytes, 25, a, b, udpLength);
        const udpSum = v4.ipv4PseudoSum(bytes, 5, v4.PROTOCOL_UDP, udpLength);
        udp.completeUdp(bytes, 25, udpLength, udpSum);
        expect(internetChecksum(bytes, 25, udpLength, udpSum)).toBe(0);
        expect(bytes[31] | bytes[32]).not.toBe(0);
        expect(udp.isUdp(bytes, 25, udpLength)).toBe(true);
        expect(udp.isUdp(bytes, 25, udpLength - 1)).toBe(false);
        expect([udp.udpSourcePort(bytes, 25), udp.udpDestinationPort(bytes, 25)]).toEqual([a, b]);

        icmp.emitIcmpEcho(bytes, 25, icmp.ICMP_ECHO_REQUEST, a, b, data.length);
        expect(internetChecksum(bytes, 25, 8 + data.length)).toBe(0);
        expect([icmp.icmpType(bytes, 25), icmp.icmpCode(bytes, 25)]).toEqual([8, 0]);
        expect([icmp.icmpEchoId(bytes, 25), icmp.icmpEchoSequence(bytes, 25)]).toEqual([a, b]);
      },
    ),
    seed,
  );
});

test('a UDP checksum of zero is sent as 0xffff', () => {
  const bytes = Uint8Array.of(0xff, 0xf7, 0, 0, 0, 8, 0, 0); // sums to 0xffff
  udp.completeUdp(bytes, 0, 8, 0);
  expect([...bytes.subarray(6)]).toEqual([0xff, 0xff]);
});

test('IPv6 header, its extension headers and pseudo-header', () => {
  fc.assert(
    fc.property(ip6, ip6, fc.nat(200), fc.nat(255), (source, destination, payload, hops) => {
      const bytes = new Uint8Array(260);
      v6.emitIpv6(bytes, 7, payload, v4.PROTOCOL_UDP, hops, source, destination);
      expect(v6.isIpv6(bytes, 7, 40 + payload)).toBe(true);
      expect(v6.isIpv6(bytes, 7, 39 + payload)).toBe(false);
      expect([v6.ipv6NextHeader(bytes, 7), v6.ipv6HopLimit(bytes, 7)]).toEqual([17, hops]);
      expect(v6.ipv6TrafficClass(bytes, 7)).toBe(0);
      expect(v6.ipv6HeaderLength(bytes, 7, 40 + payload)).toBe(40);
      expect(v6.ipv6Protocol(bytes, 7, 40)).toBe(17);
      const pseudo = new Uint8Array(40);
      pseudo.set(source, 0);
      pseudo.set(destination, 16);
      pseudo[35] = payload;
      pseudo[39] = 17;
      expect(~v6.ipv6PseudoSum(bytes, 7, 17, payload) & 0xffff).toBe(internetChecksum(pseudo, 0, 40));
    }),
    seed,
  );
  const bytes = new Uint8Array(80);
  v6.emitIpv6(bytes, 0, 32, 0, 64, new Uint8Array(16), new Uint8Array(16));
  bytes.set([60, 0], 40); // hop-by-hop of 8, then destination options of 16, then TCP
  bytes.set([6, 1], 48);
  expect(v6.ipv6HeaderLength(bytes, 0, 72)).toBe(64);
  expect(v6.ipv6Protocol(bytes, 0, 64)).toBe(6);
  expect(v6.ipv6HeaderLength(bytes, 0, 63)).toBe(0);
  bytes.fill(0, 40); // hop-by-hop without end
  expect(v6.ipv6HeaderLength(bytes, 0, 72)).toBe(0);
});

test('IPv4 text', () => {
  fc.assert(
    fc.property(ip4, (address) => {
      expect(v4.parseIpv4(v4.formatIpv4(address))).toEqual(address);
    }),
    seed,
  );
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    '1..2.3',
    ' 1.2.3.4',
    '1.2.3.4444',
  ]) {
    expect(v4.parseIpv4(text), text).toBeNull();
  }
});

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['00010000000000000002000000000000', '1::2:0:0:0'],
  ['ff020000000000000000000000000016', 'ff02::16'],
])('IPv6 text of %s is %s (RFC 5952)', (hex, text) => {
  expect(v6.formatIpv6(Uint8Array.from(Buffer.from(hex, 'hex')))).toBe(text);
});

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['1::', '00010000000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
  ['FE80::ABCD:0012', 'fe8000000000000000000000abcd0012'],
  ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
  ['1:2:3:4:5:6:10.0.0.1', '0001000200030004000500060a000001'],
])('the IPv6 address %s is %s (RFC 4291)', (text, hex) => {
  expect(Buffer.from(v6.parseIpv6(text) ?? []).toString('hex')).toBe(hex);
});

test('IPv6 text that is none, and all that is written', () => {
  const bad = [
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
  ];
  for (const text of [
    ...bad,
    ':1',
    '1:',
    '1:::2',
    'g::',
    '::10.0.0',
    '10.0.0.1',
    '10.0.0.1::',
    '::10.0.0.1:1',
    '::1%lo',
  ]) {
    expect(v6.parseIpv6(text), text).toBeNull();
  }
  fc.assert(
    fc.property(ip6, (address) => {
      expect(v6.parseIpv6(v6.formatIpv6(address))).toEqual(address);
    }),
    seed,
  );
});

test('headers with impossible lengths are refused', () => {
  const bytes = new Uint8Array(60);
  bytes[0] = 0x44; // header of 16
  bytes[3] = 40;
  expect(v4.isIpv4(bytes, 0, 60)).toBe(false);
  bytes[0] = 0x4f; // header of 60, packet of 40
  expect(v4.isIpv4(bytes, 0, 60)).toBe(false);
  bytes[12] = 0x40;
  expect(tcp.isTcp(bytes, 0, 60)).toBe(false);
  bytes[12] = 0xf0;
  expect(tcp.isTcp(bytes, 0, 59)).toBe(false);
  expect(tcp.isTcp(bytes, 0, 60)).toBe(true);
  bytes[5] = 7;
  expect(udp.isUdp(bytes, 0, 60)).toBe(false);
});
