import { expect, test } from 'vitest';
import {
  echo6,
  framed,
  icmpv6Packet,
  ipv6Packet,
  prefixOptionBytes,
  routerAdvertisementMessage,
} from '../../testing/ipv6-packets.js';
import {
  echoPacket,
  errorPacket,
  ipPacket,
  onEthernet,
  tcpPacket,
  udpPacket,
} from '../../testing/packets.js';
import { writeU16 } from '../bytes.js';
import { summarize } from '../summary.js';
import { hexLines } from './hex.js';
import { layersOf } from './layers.js';
import { lineOf } from './line.js';
import { linesOf } from './lines.js';

const A = '10.0.0.1:4000';
const B = '10.0.0.2:80';
const line = (frame: Uint8Array, wireLength?: number): string =>
  summarize(frame, 0, frame.length, wireLength);
const framed6 = (packet: Uint8Array): Uint8Array => framed('02:00:00:00:00:0a', '02:00:00:00:00:0b', packet);
const changed = (frame: Uint8Array, ...changes: readonly (readonly [number, number])[]): Uint8Array => {
  const copy = frame.slice();
  for (const [at, value] of changes) copy[at] = value;
  return copy;
};
const udp = onEthernet(udpPacket(A, B));
const tcp = onEthernet(tcpPacket(A, B, 0x18, { data: new Uint8Array(5) }));

/** A SYN's place for options: its frame, the checksum left as it is. */
function withOptions(...options: readonly number[]): string {
  const segment = Uint8Array.of(...tcpPacket(A, B, 2).slice(20), ...options);
  segment[12] = ((20 + options.length) / 4) << 4;
  return line(onEthernet(ipPacket('10.0.0.1', '10.0.0.2', 6, segment)));
}

test('checksums: right, wrong, unfinished, none, not to be told', () => {
  const state = (frame: Uint8Array, wireLength?: number) =>
    layersOf(frame, 0, frame.length, wireLength === undefined ? {} : { wireLength }).map(
      ({ checksum }) => checksum?.state,
    );
  expect(state(tcp)).toEqual([undefined, 'right', 'right']);
  expect(state(changed(tcp, [57, 1]))).toEqual([undefined, 'right', 'wrong']);
  expect(line(changed(tcp, [57, 1]))).toMatch(/ len 5 \[bad TCP checksum\]$/);
  expect(line(changed(tcp, [22, 63]))).toMatch(/ \[bad IPv4 checksum\]$/);
  // Sum of the pseudo-header: 0x0a00 + 1 + 0x0a00 + 2 + 6 + 25.
  const unfinished = changed(tcp, [50, 0x14], [51, 0x22]);
  expect(state(unfinished)).toEqual([undefined, 'right', 'unfinished']);
  expect(line(unfinished)).not.toContain('bad');
  expect(state(changed(udp, [40, 0], [41, 0]))).toEqual([undefined, 'right', 'none']);
  expect(state(tcp.slice(0, 55), tcp.length)).toEqual([undefined, 'right', 'unknown']);
  const wrong = linesOf(layersOf(changed(tcp, [50, 0], [51, 0]), 0, tcp.length));
  const right = tcp.slice(50, 52).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');
  expect(wrong).toContain(`  checksum           0x0000, wrong: 0x${right} is right\n`);
});

test('a packet on its way by a source route is summed for the last address of it', () => {
  const packet = udpPacket(A, '10.0.0.9:80', { options: [131, 7, 4, 10, 0, 0, 9, 0] });
  const checksums = layersOf(onEthernet(packet), 0, 99).map(({ checksum }) => checksum?.state);
  expect(checksums).toEqual([undefined, 'right', 'right']);
  const onItsWay = changed(onEthernet(packet), [33, 2]);
  expect(layersOf(onItsWay, 0, 99)[2].checksum?.state).toBe('right');
  expect(line(onItsWay)).toContain('IPv4 <LSRR ^10.0.0.9,eol> 10.0.0.1:4000 > 10.0.0.2:80 ');
});

test('what is malformed is told with its byte', () => {
  expect(line(changed(udp, [14, 0x44]))).toMatch(
    /IPv4 malformed len 31 \[IPv4: header length of 16, at byte 14\]$/,
  );
  expect(line(changed(udp, [14, 0x65]))).toMatch(/\[IPv4: version 6, at byte 14\]/);
  expect(line(changed(udp, [17, 200]))).toMatch(/\[IPv4: total length of 200, 31 there, at byte 16\]/);
  expect(line(changed(udp, [17, 19]))).toMatch(/\[IPv4: total length of 19, header of 20, at byte 16\]/);
  expect(line(changed(udp, [39, 7]))).toMatch(/:80 UDP malformed len 11 \[UDP: length of 7, at byte 38\]$/);
  expect(line(changed(udp, [39, 12]))).toMatch(/\[UDP: length of 12, 11 there, at byte 38\]$/);
  expect(line(changed(tcp, [46, 0x40]))).toMatch(/\[TCP: header length of 16, at byte 46\]$/);
  expect(line(changed(tcp, [46, 0x80]))).toMatch(/\[TCP: header length of 32, 25 there, at byte 46\]$/);
  const short = onEthernet(ipPacket('10.0.0.1', '10.0.0.2', 6, new Uint8Array(10)));
  expect(line(short)).toBe(
    'IPv4 10.0.0.1 > 10.0.0.2 TCP malformed len 10 [TCP: header of 20 bytes, 10 there, at byte 44]',
  );
});

test('what a capture has cut is not malformed', () => {
  expect(line(tcp.slice(0, 40), tcp.length)).toBe('IPv4 10.0.0.1:4000 > 10.0.0.2:80 TCP cut short len 25');
  expect(line(udp.slice(0, 30), udp.length)).toBe('IPv4 cut short len 31');
  expect(line(udp.slice(0, 43), udp.length)).toBe('IPv4 10.0.0.1:4000 > 10.0.0.2:80 UDP len 3');
});

test('options of TCP', () => {
  expect(withOptions(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 3, 3, 7)).toContain(
    ' <mss 1460,sackOK,TS val 9 ecr 8,nop,wscale 7> len 0',
  );
  expect(withOptions(1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2)).toContain(' <nop,nop,sack 1:2> ');
  expect(withOptions(30, 3, 0x20, 34, 6, 1, 2, 3, 4, 28, 4, 0x80, 5, 77, 3, 1)).toContain(
    ' <mptcp subtype 2,fastopen 01020304,timeout 5 min,kind 77> ',
  );
  expect(withOptions(2, 3, 5, 1)).toContain('[TCP: option mss of length 3, at byte 55]');
  expect(withOptions(1, 1, 8, 10)).toContain('[TCP: option TS of length 10, 2 there, at byte 57]');
  expect(withOptions(1, 1, 1, 8)).toContain('[TCP: option TS without a length, at byte 57]');
  expect(withOptions(9, 1, 0, 0)).toContain('[TCP: option kind 9 of length 1, 4 there, at byte 55]');
});

test('ICMP: what it asks, and the packet that it quotes', () => {
  expect(line(onEthernet(echoPacket('10.0.0.1:7', '10.0.0.2', 8)))).toBe(
    'IPv4 10.0.0.1 > 10.0.0.2 ICMP echo-request id 7 seq 1 len 11',
  );
  const error = errorPacket('10.0.0.9', '10.0.0.1', 3, tcp.slice(14, 42));
  writeU16(error, 20, 0x0304);
  writeU16(error, 26, 1280);
  expect(line(onEthernet(error))).toMatch(
    /^IPv4 10.0.0.9 > 10.0.0.1 ICMP unreachable needs-fragmentation mtu 1280 len 36 \(IPv4 10.0.0.1:4000 > 10.0.0.2:80 TCP cut short len 25\)/,
  );
  const nested = errorPacket(
    '10.0.0.9',
    '10.0.0.1',
    11,
    errorPacket('10.0.0.1', '10.0.0.2', 11, udp.slice(14)),
  );
  expect(line(onEthernet(nested))).toMatch(/time-exceeded ttl .*\(.*time-exceeded ttl .*\(.*UDP len 3\)\)$/);
  expect(linesOf(layersOf(onEthernet(nested), 0, 200))).toContain('\n    UDP (bytes 90 to 97), quoted\n');
});

test('ICMPv6, neighbour discovery and groups', () => {
  const advertisement = routerAdvertisementMessage(
    { lifetime: 60 },
    [1, 1, 2, 0, 0, 0, 0, 0xb],
    prefixOptionBytes('fd00:7::', 64, 100, 50),
    [31, 2, 0, 0, 0, 0, 0, 9, 2, 0x1b, 0x5c, 0, 0, 0, 0, 0],
  );
  expect(line(framed6(icmpv6Packet('fe80::1', 'ff02::1', advertisement)))).toBe(
    'IPv6 fe80::1 > ff02::1 ICMPv6 router-advertisement lifetime 60 <source 02:00:00:00:00:0b> ' +
      '<prefix fd00:7::/64 on-link autonomous valid 100 preferred 50> <domains \\x1b\\x5c lifetime 9> len 72',
  );
  const bad = changed(advertisement, [17, 9]);
  expect(line(framed6(icmpv6Packet('fe80::1', 'ff02::1', bad)))).toContain(
    '[ICMPv6: option of kind 1 of 72 bytes, 56 there, at byte 71]',
  );
  const report = Uint8Array.of(
    143,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    4,
    0,
    0,
    0,
    0xff,
    2,
    ...Array<number>(13).fill(0),
    9,
  );
  expect(line(framed6(icmpv6Packet('fe80::1', 'ff02::16', report)))).toContain(
    'mld-report to-ex ff02::9 {0} len 28',
  );
  expect(line(framed6(icmpv6Packet('fe80::1', 'fe80::2', echo6(128, 4))))).toContain(
    'echo-request id 77 seq 1 len 12',
  );
  const igmp = Uint8Array.of(0x16, 0, 0xfa, 0xfc, 239, 1, 2, 3);
  expect(line(onEthernet(ipPacket('10.0.0.1', '239.1.2.3', 2, igmp)))).toContain(
    'IGMP v2-report 239.1.2.3 len 8',
  );
});

test('tunnels and extension headers', () => {
  const inner = ipv6Packet(
    'fd00::1',
    'fd00::2',
    60,
    Uint8Array.of(17, 0, 1, 4, 0, 0, 0, 0, ...udp.slice(34)),
  );
  expect(line(onEthernet(ipPacket('10.0.0.1', '10.0.0.2', 41, inner)))).toMatch(
    /^IPv4 10.0.0.1 > 10.0.0.2 IPv6 destination-options \[fd00::1\]:4000 > \[fd00::2\]:80 UDP len 3/,
  );
  expect(
    layersOf(onEthernet(ipPacket('10.0.0.1', '10.0.0.2', 4, udp.slice(14))), 0, 99).map((l) => l.protocol),
  ).toEqual(['Ethernet', 'IPv4', 'IPv4', 'UDP']);
});

test('a frame that begins with IP', () => {
  expect(lineOf(layersOf(udp, 14, 31, { first: 'ip' }))).toBe('IPv4 10.0.0.1:4000 > 10.0.0.2:80 UDP len 3');
});

test('headers upon headers come to an end', () => {
  const tags = new Uint8Array(1000).fill(0x81);
  for (let i = 0; i < 1000; i += 2) writeU16(tags, i, 0x8100);
  expect(layersOf(tags, 0, 1000).length).toBe(32);
  expect(line(tags).length).toBeLessThanOrEqual(500);
});

test('many lines, and hex', () => {
  expect(linesOf(layersOf(udp, 0, udp.length))).toContain(`UDP (bytes 34 to 41)
  source port        4000
  destination port   80
  length             11
`);
  expect(linesOf(layersOf(changed(udp, [39, 7]), 0, udp.length))).toContain('  ! length of 7, at byte 38\n');
  expect(hexLines(Uint8Array.of(...Array(16).fill(0x41), 0x1b, 2, 3))).toBe(
    '  0x0000  4141 4141 4141 4141 4141 4141 4141 4141  AAAAAAAAAAAAAAAA\n' +
      '  0x0010  1b02 03                                  ...\n',
  );
  expect(hexLines(new Uint8Array(20), 16)).toMatch(/\n {2}... 4 bytes more\n$/);
});
