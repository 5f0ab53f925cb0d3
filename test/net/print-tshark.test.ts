// needs: tshark
// The printer of the wire room beside tshark: the same headers, addresses, numbers and verdicts on the frames of the captures.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CaptureReader } from '../../src/wire/capture-file.js';
import type { Layer } from '../../src/wire/print/layer.js';
import { layersOf } from '../../src/wire/print/layers.js';
import { lineOf } from '../../src/wire/print/line.js';

type Form = 'hex8' | 'hex16' | 'hex24' | 'flags' | 'eighths';

/** Fields of tshark, and where ours are: protocols, the field's name, how tshark writes it. */
const FIELDS: Readonly<Record<string, readonly [protocols: string, name: string, form?: Form]>> = {
  'eth.dst': ['Ethernet', 'destination'],
  'eth.src': ['Ethernet', 'source'],
  'eth.len': ['Ethernet', 'length'],
  'vlan.id': ['VLAN', 'id'],
  'vlan.priority': ['VLAN', 'priority'],
  'mpls.label': ['MPLS', 'label'],
  'mpls.ttl': ['MPLS', 'ttl'],
  'llc.ssap': ['LLC', 'ssap', 'hex8'],
  'arp.opcode': ['ARP', 'operation'],
  'arp.src.proto_ipv4': ['ARP', 'sender ip'],
  'arp.dst.proto_ipv4': ['ARP', 'target ip'],
  'arp.src.hw_mac': ['ARP', 'sender mac'],
  'ip.hdr_len': ['IPv4', 'header length'],
  'ip.dsfield.dscp': ['IPv4', 'dscp'],
  'ip.len': ['IPv4', 'total length'],
  'ip.id': ['IPv4', 'id', 'hex16'],
  'ip.frag_offset': ['IPv4', 'fragment offset', 'eighths'],
  'ip.ttl': ['IPv4', 'ttl'],
  'ip.proto': ['IPv4', 'protocol'],
  'ip.src': ['IPv4', 'source'],
  'ip.dst': ['IPv4', 'destination'],
  'ipv6.flow': ['IPv6', 'flow label', 'hex24'],
  'ipv6.plen': ['IPv6', 'payload length'],
  'ipv6.nxt': ['IPv6', 'next header'],
  'ipv6.hlim': ['IPv6', 'hop limit'],
  'ipv6.src': ['IPv6', 'source'],
  'ipv6.dst': ['IPv6', 'destination'],
  'ipv6.fraghdr.offset': ['fragment', 'fragment offset', 'eighths'],
  'tcp.srcport': ['TCP', 'source port'],
  'tcp.dstport': ['TCP', 'destination port'],
  'tcp.seq_raw': ['TCP', 'sequence'],
  'tcp.ack_raw': ['TCP', 'acknowledgement'],
  'tcp.hdr_len': ['TCP', 'header length'],
  'tcp.flags': ['TCP', 'flags', 'flags'],
  'tcp.window_size_value': ['TCP', 'window'],
  'tcp.urgent_pointer': ['TCP', 'urgent pointer'],
  'udp.srcport': ['UDP', 'source port'],
  'udp.dstport': ['UDP', 'destination port'],
  'udp.length': ['UDP', 'length'],
  'icmp.type': ['ICMP', 'type'],
  'icmp.code': ['ICMP', 'code'],
  'icmpv6.type': ['ICMPv6', 'type'],
  'icmpv6.code': ['ICMPv6', 'code'],
  'igmp.type': ['IGMP', 'type', 'hex8'],
};
const CHECKSUMS: Readonly<Record<string, string>> = {
  'ip.checksum.status': 'IPv4',
  'tcp.checksum.status': 'TCP',
  'udp.checksum.status': 'UDP',
  'icmp.checksum.status': 'ICMP',
  'icmpv6.checksum.status': 'ICMPv6',
  'igmp.checksum.status': 'IGMP',
};
/** Their numbers: 0 bad, 1 good, 2 not verified, 3 not present, 4 illegal. */
const STATES: Readonly<Record<string, string>> = {
  wrong: '0',
  unfinished: '0',
  right: '1',
  unknown: '2',
  none: '3',
};
const FLAG_BITS: Readonly<Record<string, number>> = {
  CWR: 128,
  ECE: 64,
  URG: 32,
  ACK: 16,
  PSH: 8,
  RST: 4,
  SYN: 2,
  FIN: 1,
};
const PREFERENCES = [
  ...['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'],
  ...['ip.defragment:FALSE', 'ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE'],
];
/** What tshark looks into and ours does not. */
const UNKNOWN = ['gre', 'vxlan', 'pppoes', 'udplite'];
/** Kinds of options: the first byte of each of ours. */
const KINDS: Readonly<Record<string, string>> = { 'tcp.option_kind': 'TCP', 'icmpv6.opt.type': 'ICMPv6' };
const NAMES = [
  ...[...Object.keys(FIELDS), ...Object.keys(CHECKSUMS), ...Object.keys(KINDS)],
  'ieee8021ad.id',
  'ieee8021ad.priority',
];

/** Where the two differ, and why. Each must be met. */
const DIFFERENCES: readonly {
  readonly reason: string;
  readonly holds: (name: string, layers: readonly Layer[], theirs: string, ours: string) => boolean;
}[] = [
  {
    reason: 'ours tells nothing of what the first of several fragments begins with',
    holds: (_name, layers, _theirs, ours) =>
      ours === '' && / fragment at 0 id \d+ more /.test(layers.at(-1)?.text ?? ''),
  },
  {
    reason:
      'tshark verifies no checksum of what an ICMP error quotes but that of IPv4; ours does where all of it is there',
    holds: (name, layers, theirs, ours) =>
      name.endsWith('.status') &&
      layers.some(({ depth }) => depth > 0) &&
      theirs.length === ours.length &&
      [...theirs].every((sign, i) => sign === ours[i] || sign === '2'),
  },
  {
    reason:
      'tshark verifies a checksum behind a routing header that it does not know by the next stop, ours does not verify it',
    holds: (name, layers, _theirs, ours) =>
      name.endsWith('.status') && ours === '2' && layers.some(({ protocol }) => protocol === 'routing'),
  },
  {
    reason: 'tshark says that UDP over IPv6 has no checksum also where its length is wrong',
    holds: (name, layers, theirs) =>
      name === 'udp.checksum.status' &&
      theirs === '4' &&
      (layers.at(-1)?.text.includes('UDP malformed') ?? false),
  },
  {
    reason: 'ours tells no tag of type 0x9100 and nothing behind it',
    holds: (_name, layers, _theirs, ours) => ours === '' && layers.at(-1)?.protocol === '0x9100',
  },
  {
    reason: 'tshark lists the padding behind the end of options, ours the end alone',
    holds: (name, _layers, theirs, ours) =>
      name === 'tcp.option_kind' && theirs.startsWith(ours) && /^[0,]+$/.test(theirs.slice(ours.length - 1)),
  },
  {
    reason: 'ours lists no option whose length is impossible, but as a fault',
    holds: (name, layers, theirs, ours) =>
      name === 'icmpv6.opt.type' &&
      theirs === '0' &&
      ours === '' &&
      /option of kind 0 of 0 bytes/.test(lineOf(layers)),
  },
  {
    reason: 'tshark tells nothing of a header whose version is wrong',
    holds: (_name, layers, theirs) => theirs === '' && /IPv4: version|IPv6: version/.test(lineOf(layers)),
  },
  {
    reason: 'tshark takes 802.3 with the service access points ff and ff for IPX',
    holds: (name, _layers, theirs, ours) => name === 'llc.ssap' && theirs === '' && ours === '0xff',
  },
  {
    reason: 'tshark tells nothing of a frame whose length or type is neither',
    holds: (_name, layers, theirs) => theirs === '' && /neither a length nor a type/.test(lineOf(layers)),
  },
  {
    reason: 'tshark tells no sequence number of a quoted segment',
    holds: (name, layers, theirs) => name === 'tcp.seq_raw' && theirs === '' && layers.at(-1)?.depth === 1,
  },
];

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Values of the fields by frame. */
function tshark(file: string): Map<string, string>[] {
  const args = ['-nr', file, '-T', 'fields', ...PREFERENCES.flatMap((one) => ['-o', one])];
  args.push(
    ...UNKNOWN.flatMap((name) => ['--disable-protocol', name]),
    ...NAMES.flatMap((name) => ['-e', name]),
  );
  const text = execFileSync('tshark', args, { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = text.toString().split('\n').slice(0, -1);
  return lines.map((line) => {
    const values = line.split('\t');
    const frame = new Map(NAMES.map((name, i) => [name, values[i] ?? '']));
    // Tags of 802.1ad have names of their own.
    for (const name of ['id', 'priority']) {
      const all = [frame.get(`ieee8021ad.${name}`), frame.get(`vlan.${name}`)].filter(
        (value) => value !== '',
      );
      frame.set(`vlan.${name}`, all.join(',').split(',').sort().join(','));
    }
    return frame;
  });
}

function frames(file: string): Uint8Array[] {
  const reader = new CaptureReader();
  reader.push(readFileSync(file));
  const list: Uint8Array[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) list.push(record.bytes);
  return list;
}

const met = new Set<string>();

test.each(['mixed.pcap', 'veth-http.pcap'])('%s: fields and checksums are as tshark has them', (name) => {
  const theirs = tshark(path(name));
  const list = frames(path(name));
  expect(theirs.length).toBe(list.length);
  const differences = list.flatMap((frame, i) => {
    const layers = layersOf(frame, 0, frame.length);
    return [...theirs[i]].flatMap(([field, their]) => {
      const our = ourValue(layers, frame, field, their);
      if (their === our) return [];
      const why = DIFFERENCES.find(({ holds }) => holds(field, layers, their, our));
      if (why === undefined) return [`frame ${i + 1}, ${field}: theirs ${their}, ours ${our}`];
      met.add(why.reason);
      return [];
    });
  });
  expect(differences.slice(0, 100)).toEqual([]);
});

test('every difference that is declared is met', () => {
  expect(DIFFERENCES.map(({ reason }) => reason).filter((reason) => !met.has(reason))).toEqual([]);
});

/** Ours of a field of tshark; what is not compared is as it is. */
function ourValue(layers: readonly Layer[], frame: Uint8Array, field: string, otherwise: string): string {
  if (field in CHECKSUMS) return sums(layers, CHECKSUMS[field]);
  if (field in KINDS) return kinds(layers, KINDS[field], frame);
  return sortedTags(field, values(layers, field, otherwise));
}

function kinds(layers: readonly Layer[], protocol: string, frame: Uint8Array): string {
  return layers
    .filter((layer) => layer.protocol === protocol)
    .flatMap(({ fields }) => fields.filter(({ name }) => name === 'option'))
    .map(({ at }) => frame[at])
    .join(',');
}

function values(layers: readonly Layer[], name: string, otherwise: string): string {
  if (FIELDS[name] === undefined) return otherwise;
  const [protocol, field, form] = FIELDS[name];
  return layers
    .filter((layer) => layer.protocol.split('/')[0] === protocol)
    .flatMap((layer) => layer.fields.filter((one) => one.name === field))
    .map(({ value }) => formed(value, form))
    .join(',');
}

/** Tags of 802.1ad and 802.1Q are listed apart by tshark: their order is not compared. */
function sortedTags(name: string, list: string): string {
  return name.startsWith('vlan.') ? list.split(',').sort().join(',') : list;
}

function formed(value: string | number, form?: Form): string {
  if (form === 'hex8') return hex(Number(value), 2);
  if (form === 'hex16') return hex(Number(value), 4);
  if (form === 'hex24') return hex(Number(value), 6);
  if (form === 'eighths') return `${Number(value) / 8}`;
  if (form === undefined) return `${value}`;
  const bits = `${value}`.split(',').reduce((sum, flag) => sum + (FLAG_BITS[flag] ?? 0), 0);
  return hex(bits, 4);
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function sums(layers: readonly Layer[], protocol: string): string {
  return layers
    .filter((layer) => layer.protocol === protocol && layer.checksum !== null)
    .map(({ checksum }) => STATES[checksum?.state ?? ''])
    .join(',');
}
