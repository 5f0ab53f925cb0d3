import type { Entropy } from './random-program.js';

const IPV4 = ['1.2.3.4', '5.6.7.8', '10.1.0.1', '10.2.3.4', '192.168.1.1', '224.0.0.1', '255.255.255.255'];
const IPV6 = ['::1', '2001:db8::5', '2001:db8:8000::5', 'fe80::1', 'ff02::1'];
const MAC = ['1:2:3:4:5:6', 'ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01', '01:00:5e:00:00:01'];
const PORTS = [0, 5, 7, 8, 53, 80, 81, 443];
const PROTOCOLS = [1, 2, 6, 6, 17, 17, 44, 50, 51, 58, 89, 103, 112, 132];
const ETHER_TYPES = [
  0x0800, 0x86dd, 0x0806, 0x8035, 0x809b, 0x80f3, 0x8137, 1500, 1501, 5, 6, 0xe0, 0xf0, 0xfe,
];
/** No byte that `randomExpression` asks for lies beyond. */
export const FRAME_LENGTH = 220;

function pick<T>(next: Entropy, list: readonly T[]): T {
  return list[next() % list.length];
}

/** An expression of pcap-filter(7) that libpcap takes too, about what `filterFrame` makes. */
export function randomExpression(next: Entropy, depth: number): string {
  const kind = depth === 0 ? 9 : next() % 10;
  if (kind < 2) return `not ${randomExpression(next, depth - 1)}`;
  if (kind < 8) {
    const parts = Array.from({ length: 2 + (next() % 3) }, () => randomExpression(next, depth - 1));
    const text = parts.reduce((left, right) => `${left} ${pick(next, ['and', 'or', 'or'])} ${right}`);
    return next() % 2 ? `(${text})` : text;
  }
  return primitive(next);
}

function primitive(next: Entropy): string {
  const side = pick(next, ['', '', 'src ', 'dst ', 'src and dst ', 'src or dst ']);
  switch (next() % 16) {
    case 0:
    case 1:
      return pick(next, [
        'ip',
        'ip6',
        'arp',
        'rarp',
        'tcp',
        'udp',
        'sctp',
        'icmp',
        'icmp6',
        'igmp',
        'pim',
        'vrrp',
        'esp',
      ]);
    case 2:
      return `${pick(next, ['', 'ip ', 'arp ', 'rarp '])}${side}host ${pick(next, IPV4)}`;
    case 3:
      return `${pick(next, ['', 'ip6 '])}${side}host ${pick(next, IPV6)}`;
    case 4:
      return `${side}net ${pick(next, ['10', '10.1', '10.0.0.0/8', '1.2.3.0/24', '0.0.0.0/0', '2001:db8::/33', 'fe80::/10'])}`;
    case 5:
    case 6:
      return `${pick(next, ['', '', 'tcp ', 'udp ', 'sctp '])}${side}port ${pick(next, PORTS)}`;
    case 7:
      return `${pick(next, ['', 'tcp ', 'udp '])}${side}portrange ${pick(next, PORTS)}-${pick(next, PORTS)}`;
    case 8:
      return `port (${pick(next, PORTS)} or ${pick(next, PORTS)})`;
    case 9:
      return `ether ${pick(next, ['src', 'dst', 'host'])} ${pick(next, MAC)}`;
    case 10:
      return `${pick(next, ['ip proto', 'ip6 proto', 'proto'])} ${pick(next, PROTOCOLS)}`;
    case 11:
      return `ether proto ${pick(next, ETHER_TYPES)}`;
    case 12:
      return pick(next, ['broadcast', 'multicast', 'ip multicast', 'ip6 multicast', 'ip broadcast']);
    case 13:
      return next() % 2 ? 'vlan' : `vlan ${pick(next, [3, 4, 5])}`;
    default:
      return `${arithmetic(next, 2)} ${pick(next, ['=', '!=', '<', '<=', '>', '>='])} ${arithmetic(next, 1)}`;
  }
}

function arithmetic(next: Entropy, depth: number): string {
  const kind = next() % 8;
  if (depth > 0 && kind < 2) {
    const operator = pick(next, ['+', '-', '*', '&', '|', '^']);
    return `(${arithmetic(next, depth - 1)} ${operator} ${arithmetic(next, depth - 1)})`;
  }
  if (depth > 0 && kind === 2) {
    return `(${arithmetic(next, depth - 1)} ${pick(next, ['/ 3', '% 5', '>> 2', '<< 3', '& 15'])})`;
  }
  if (kind === 3) return 'len';
  if (kind === 4) return String(pick(next, [0, 1, 2, 6, 17, 53, 0x50, 0x800, FRAME_LENGTH]));
  const protocol = pick(next, ['ether', 'ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6']);
  const index = kind === 5 ? `${protocol}[0] & 15` : String(next() % 20);
  return `${protocol}[${index}:${pick(next, [1, 2, 4])}]`;
}

/** A frame of 220 bytes with what such expressions ask for, often. */
export function filterFrame(next: Entropy): Uint8Array {
  const bytes = Uint8Array.from({ length: FRAME_LENGTH }, () => next() & 255);
  bytes.set(pick(next, MAC_BYTES), 0);
  bytes.set(pick(next, MAC_BYTES), 6);
  let at = 12;
  for (let tags = Math.max(0, (next() % 6) - 2); tags > 0; tags--, at += 4) {
    bytes.set(
      [
        ...pick(next, [[0x81, 0] as const, [0x88, 0xa8] as const, [0x91, 0] as const]),
        0x20,
        3 + (next() % 4),
      ],
      at,
    );
  }
  const type = next() % 4 ? pick(next, [0x0800, 0x0800, 0x86dd]) : pick(next, [...ETHER_TYPES, 90]);
  bytes.set([type >> 8, type & 255], at);
  network(next, bytes, at + 2, type);
  return bytes;
}

const MAC_BYTES = MAC.map((text) => text.split(':').map((byte) => Number.parseInt(byte, 16)));
const IPV4_BYTES = IPV4.map((text) => text.split('.').map(Number));
const IPV6_BYTES = [
  [...new Array<number>(15).fill(0), 1],
  [0x20, 1, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 5],
  [0x20, 1, 0x0d, 0xb8, 0x80, ...new Array<number>(10).fill(0), 5],
  [0xfe, 0x80, ...new Array<number>(13).fill(0), 1],
  [0xff, 2, ...new Array<number>(13).fill(0), 1],
];
/** IEEE 802.2 headers of several kinds, and SNAP. */
const LLC = [
  [5, 5],
  [6, 6],
  [0xf0, 0xf0],
  [0xe0, 0xe0],
  [0xff, 0xff],
  [0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b],
  [0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0xf3],
  [0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37],
];

function network(next: Entropy, bytes: Uint8Array, at: number, type: number): void {
  const protocol = pick(next, PROTOCOLS);
  if (type === 0x0800) {
    const words = pick(next, [5, 5, 5, 6, 15]);
    const fragment = pick(next, [0x0000, 0x4000, 0x2000, 0x2005, 0x0005]);
    bytes.set([0x40 | words, 0, 0, 100, 0, 0, fragment >> 8, fragment & 255, 64, protocol], at);
    bytes.set([...pick(next, IPV4_BYTES), ...pick(next, IPV4_BYTES)], at + 12);
    transport(next, bytes, at + 4 * words);
  } else if (type === 0x86dd) {
    bytes.set([0x60, 0, 0, 0, 0, 60, protocol, 64, ...pick(next, IPV6_BYTES), ...pick(next, IPV6_BYTES)], at);
    if (protocol === 44) bytes[at + 40] = pick(next, PROTOCOLS);
    else transport(next, bytes, at + 40);
  } else if (type === 0x0806 || type === 0x8035) {
    bytes.set(pick(next, IPV4_BYTES), at + 14);
    bytes.set(pick(next, IPV4_BYTES), at + 24);
  } else if (type < 1501) {
    bytes.set(pick(next, LLC), at);
  }
}

function transport(next: Entropy, bytes: Uint8Array, at: number): void {
  const [source, destination] = [pick(next, PORTS), pick(next, PORTS)];
  bytes.set([source >> 8, source & 255, destination >> 8, destination & 255], at);
}
