import { writeU16 } from '../../wire/bytes.js';
import { ETHERTYPE_MAC_CONTROL } from '../../wire/mac-control.js';
import { ETHERTYPE_MPLS } from '../../wire/mpls.js';
import { arpFrame } from '../arp-frames.js';
import { ethernetFrame } from '../frames.js';
import {
  echo6,
  framed,
  icmpv6Packet,
  ipv6Fragment,
  ipv6Packet,
  prefixOptionBytes,
  routerAdvertisementMessage,
  six,
} from '../ipv6-packets.js';
import { echoPacket, errorPacket, ipPacket, onEthernet, tcpPacket, udpPacket } from '../packets.js';

const A4 = '198.18.0.3';
const B4 = '198.18.0.2';
const A6 = 'fe80::3';
const B6 = 'fe80::2';
const A_MAC = '02:00:00:00:00:0a';
const B_MAC = '02:00:00:00:00:0b';
const SOURCE_MAC = [1, 1, 2, 0, 0, 0, 0, 0xb];
const MTU = [5, 1, 0, 0, 0, 0, 5, 0xdc];
const TCP = 6;

/** Kinds of frames that the captures have not, or not in all their forms. Checksums are right but where it is said. */
export function oddFrames(): Uint8Array[] {
  return [...discovery(), ...groups(), ...pieces(), ...segments(), ...tunnels(), ...errors(), ...links()];
}

const on6 = (packet: Uint8Array): Uint8Array => framed(A_MAC, B_MAC, packet);
const message = (type: number, ...bytes: readonly number[]): Uint8Array =>
  Uint8Array.of(type, 0, 0, 0, ...bytes);
const icmp6 = (to: string, bytes: Uint8Array): Uint8Array => on6(icmpv6Packet(A6, to, bytes));

function discovery(): Uint8Array[] {
  const resolvers = [25, 5, 0, 0, 0, 0, 7, 8, ...six('fd00::53'), ...six('fd00::54')];
  const domains = [31, 3, 0, 0, 0, 0, 7, 8, 3, 108, 97, 110, 4, 104, 111, 109, 101, 0, 1, 120, 0, 0, 0, 0];
  const route = [24, 2, 48, 8, 0, 0, 7, 8, 0xfd, 0, 0, 1, 0, 0, 0, 0];
  const portal = [37, 2, ...'https://x.y/'.split('').map((sign) => sign.charCodeAt(0)), 0, 0];
  const quoted = udpOver6();
  const redirected = [4, (quoted.length + 8) / 8, 0, 0, 0, 0, 0, 0, ...quoted];
  return [
    icmp6('ff02::2', message(133, 0, 0, 0, 0, ...SOURCE_MAC)),
    icmp6(
      B6,
      routerAdvertisementMessage(
        { lifetime: 1800, reachable: 30_000, retransmit: 1000 },
        SOURCE_MAC,
        MTU,
        prefixOptionBytes('fd00:7::', 64, 3600, 1800),
        ...[resolvers, domains, route, portal],
      ),
    ),
    icmp6('ff02::1:ff00:2', message(135, 0, 0, 0, 0, ...six(B6), ...SOURCE_MAC)),
    icmp6(B6, message(136, 0xe0, 0, 0, 0, ...six(A6), 2, ...SOURCE_MAC.slice(1))),
    icmp6(
      B6,
      message(137, 0, 0, 0, 0, ...six(A6), ...six('fd00:9::1'), 2, ...SOURCE_MAC.slice(1), ...redirected),
    ),
  ];
}

function groups(): Uint8Array[] {
  const group6 = [...six('ff05::1:3')];
  const source6 = [...six('fd00::9')];
  const record = (kind: number, many: number): number[] => [
    kind,
    0,
    0,
    many,
    ...group6,
    ...Array(many).fill(source6).flat(),
  ];
  const alert = (body: Uint8Array): Uint8Array =>
    ipPacket(A4, '224.0.0.22', 2, sealed(body), { options: [148, 4, 0, 0] });
  const group4 = [239, 1, 2, 3];
  return [
    icmp6('ff02::1', message(130, 0x27, 0x10, 0, 0, ...group6)),
    icmp6('ff02::1', message(130, 0x27, 0x10, 0, 0, ...group6, 0x0a, 125, 0, 2, ...source6, ...source6)),
    icmp6('ff05::1:3', message(131, 0, 0, 0, 0, ...group6)),
    icmp6('ff02::2', message(132, 0, 0, 0, 0, ...group6)),
    icmp6('ff02::16', message(143, 0, 0, 0, 3, ...record(4, 0), ...record(3, 2), ...record(5, 1))),
    onEthernet(alert(Uint8Array.of(0x11, 100, 0, 0, 0, 0, 0, 0))),
    onEthernet(alert(Uint8Array.of(0x11, 0x88, 0, 0, ...group4, 0x0a, 125, 0, 2, 10, 0, 0, 1, 10, 0, 0, 2))),
    onEthernet(alert(Uint8Array.of(0x12, 0, 0, 0, ...group4))),
    onEthernet(alert(Uint8Array.of(0x16, 0, 0, 0, ...group4))),
    onEthernet(alert(Uint8Array.of(0x17, 0, 0, 0, ...group4))),
    onEthernet(
      alert(
        Uint8Array.of(0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, ...group4, 6, 0, 0, 1, ...group4, 10, 0, 0, 1),
      ),
    ),
  ];
}

/** Puts the Internet checksum of a message into its third and fourth byte. */
function sealed(body: Uint8Array): Uint8Array {
  let sum = 0;
  for (let i = 0; i < body.length; i += 2) sum += (body[i] << 8) | (body[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  writeU16(body, 2, ~sum & 0xffff);
  return body;
}

/** Fragments that belong together, in both families. */
function pieces(): Uint8Array[] {
  const whole = Uint8Array.from({ length: 1200 }, (_, i) => i);
  const piece4 = (at: number, more: boolean): Uint8Array =>
    onEthernet(
      ipPacket(A4, B4, 17, whole.slice(at, more ? at + 400 : 1200), {
        id: 77,
        fragment: (more ? 0x2000 : 0) | (at >> 3),
      }),
    );
  const piece6 = (at: number, more: boolean): Uint8Array =>
    on6(
      ipv6Fragment(A6, B6, { protocol: 17, at, more, id: 77, data: whole.slice(at, more ? at + 400 : 1200) }),
    );
  const atomic = ipv6Fragment(A6, B6, { protocol: 58, at: 0, more: false, id: 3, data: echo6(128, 8) });
  return [
    ...[0, 400].flatMap((at) => [piece4(at, true), piece6(at, true)]),
    ...[piece4(800, false), piece6(800, false), on6(atomic)],
  ];
}

function segments(): Uint8Array[] {
  const lists: readonly (readonly number[])[] = [
    [2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7],
    [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 1, 5, 18, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0],
    [5, 34, ...Array.from({ length: 32 }, (_, i) => i), 1, 0],
    [19, 18, ...Array(16).fill(7), 28, 4, 0x80, 5, 34, 10, ...Array(8).fill(9), 30, 4, 0x10, 0],
    [29, 16, 1, 2, ...Array(12).fill(3), 1, 1, 1, 0],
  ];
  return lists.flatMap((options) => {
    const packet = withOptions(options);
    const over6 = ipv6Packet(A6, B6, TCP, packet.slice(20));
    return [onEthernet(packet), on6(over6)];
  });
}

/** A SYN with options; its checksum is of the segment without them, so that it is wrong. */
function withOptions(options: readonly number[]): Uint8Array {
  const plain = tcpPacket(`${A4}:4000`, `${B4}:80`, 2);
  const segment = Uint8Array.of(...plain.slice(20), ...options, 0xaa, 0xbb);
  segment[12] = ((20 + options.length) / 4) << 4;
  return ipPacket(A4, B4, TCP, segment);
}

function udpOver6(): Uint8Array {
  return ipv6Packet(A6, B6, 17, udpPacket(`${A4}:5`, `${B4}:9`, { data: new Uint8Array(8) }).slice(20));
}

function tunnels(): Uint8Array[] {
  const inner4 = udpPacket('10.0.0.1:5', '10.0.0.2:9');
  const inner6 = udpOver6();
  const routing = Uint8Array.of(17, 2, 0, 1, 0, 0, 0, 0, ...six('fd00::5'), ...udpOver6().slice(40));
  const options = Uint8Array.of(
    60,
    0,
    5,
    2,
    0,
    0,
    1,
    0,
    17,
    1,
    1,
    8,
    ...Array(12).fill(0),
    ...udpOver6().slice(40),
  );
  return [
    onEthernet(ipPacket(A4, B4, 4, inner4)),
    onEthernet(ipPacket(A4, B4, 41, inner6)),
    on6(ipv6Packet(A6, B6, 4, inner4)),
    on6(ipv6Packet(A6, B6, 41, inner6)),
    on6(ipv6Packet(A6, B6, 60, Uint8Array.of(41, 0, 4, 1, 3, 1, 1, 0, ...inner6))),
    onEthernet(ipPacket(A4, B4, 4, ipPacket(A4, B4, 4, ipPacket(A4, B4, 41, inner6)))),
    on6(ipv6Packet(A6, B6, 43, routing)),
    on6(ipv6Packet(A6, B6, 0, options)),
    on6(
      ipv6Packet(
        A6,
        B6,
        51,
        Uint8Array.of(17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, ...Array(12).fill(0), ...inner4.slice(20)),
      ),
    ),
    on6(ipv6Packet(A6, B6, 59, Uint8Array.of(1, 2, 3))),
    onEthernet(
      ipPacket(A4, B4, 17, inner4.slice(20), { options: [131, 11, 4, 10, 0, 0, 1, 10, 0, 0, 2, 0] }),
    ),
    onEthernet(ipPacket(A4, B4, 17, inner4.slice(20), { options: [68, 12, 5, 0, ...Array(8).fill(1)] })),
    onEthernet(ipPacket(A4, B4, 17, inner4.slice(20), { options: [7, 7, 4, 0, 0, 0, 0, 0] })),
  ];
}

function errors(): Uint8Array[] {
  const quoted4 = tcpPacket(`${B4}:80`, `${A4}:4000`, 0x10, { data: new Uint8Array(40) });
  const udp4 = udpPacket(`${B4}:9`, `${A4}:5`);
  const nested = errorPacket(A4, B4, 3, udp4);
  const quoted6 = [...udpOver6()];
  return [
    ...[3, 4, 5, 11, 12].map((type) => onEthernet(errorPacket(A4, B4, type, quoted4))),
    ...[quoted4.slice(0, 28), udp4.slice(0, 24), nested].map((bytes) =>
      onEthernet(errorPacket(A4, B4, 11, bytes)),
    ),
    ...[0, 8, 13, 14, 15, 17, 18, 9, 10, 42, 43].map((type) =>
      onEthernet(echoPacket(`${A4}:7`, B4, type, { data: new Uint8Array(24) })),
    ),
    ...[1, 2, 3, 4].map((type) => icmp6(B6, message(type, 0, 0, 5, 0, ...quoted6))),
    ...[128, 129, 139, 200].map((type) => icmp6(B6, message(type, 0, 7, 0, 1, 1, 2, 3, 4))),
  ];
}

function links(): Uint8Array[] {
  const packet = [...udpPacket(`${A4}:5`, `${B4}:9`)];
  const frame = (type: number, data: readonly number[]): Uint8Array => {
    const made = ethernetFrame({ type, length: 14 + data.length });
    made.set(data, 14);
    return made;
  };
  return [
    ...[
      arpFrame(),
      frame(0x8100, [0x60, 5, 8, 0, ...packet]),
      frame(0x88a8, [0, 100, 0x81, 0, 0, 7, 8, 0, ...packet]),
    ],
    ...[frame(ETHERTYPE_MPLS, [0, 1, 0, 64, 0, 2, 1, 64, ...packet]), frame(0xac0a, packet)],
    ...[
      frame(ETHERTYPE_MAC_CONTROL, [0, 1, 0, 9]),
      frame(ETHERTYPE_MAC_CONTROL, [1, 1, 0, 5, ...Array(16).fill(1)]),
    ],
    ...[frame(8 + packet.length, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...packet]), frame(4, [0x42, 0x42, 3, 0])],
  ];
}
