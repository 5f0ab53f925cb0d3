import { readU16, readU32 } from '../bytes.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../ipv4.js';
import { TCP_CHECKSUM, TCP_HEADER, tcpFlags, tcpHeaderLength } from '../tcp.js';
import { UDP_CHECKSUM, UDP_HEADER } from '../udp.js';
import type { Stretch } from './layer.js';
import { bitNames, protocolName } from './names.js';
import { type OptionKind, printOptions } from './option-list.js';
import type { LayerWriter } from './writer.js';

/** RFC 768. */
export function printUdp(w: LayerWriter): Stretch | null {
  w.protocol = 'UDP';
  if (!w.needs(UDP_HEADER, 'header')) {
    portsOrBroken(w);
    return null;
  }
  w.takes(UDP_HEADER);
  const from = w.u16('source port', 0);
  const to = w.u16('destination port', 2);
  const length = w.u16('length', 4);
  const ends = w.ends(from, to);
  if (length < UDP_HEADER) w.fault(`length of ${length}`, 4);
  else if (length > w.room && w.depth === 0) w.fault(`length of ${length}, ${w.room} there`, 4);
  if (w.faults.length > 0) {
    w.text = `${ends}UDP malformed len ${w.room}`;
    return null;
  }
  if (readU16(w.bytes, w.offset + UDP_CHECKSUM) === 0) noChecksum(w);
  else w.verify(UDP_CHECKSUM, length, w.pseudoSum(PROTOCOL_UDP, length));
  w.text = `${ends}UDP len ${length - UDP_HEADER}`;
  return null;
}

/** A checksum of 0 says that there is none, which IPv6 forbids but to tunnels (RFC 8200 §8.1, RFC 6935). */
function noChecksum(w: LayerWriter): void {
  w.checksum = { state: 'none', at: w.offset + UDP_CHECKSUM, from: w.offset, length: w.room, pseudoSum: 0 };
  w.note('checksum', '0x0000, none', UDP_CHECKSUM, 2);
  if (w.ip?.version === 6) w.fault('no checksum, over IPv6', UDP_CHECKSUM);
}

/** Letters of the TCP flags from the lowest bit up. */
const FLAG_LETTERS = 'FSRPAUEC';
const FLAG_NAMES = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'];
const ACK = 0x10;
const URG = 0x20;

/** RFC 9293 §3.1 with the options of RFC 7323, 2018, 2385, 5482, 5925, 8684, 7413. */
export function printTcp(w: LayerWriter): Stretch | null {
  w.protocol = 'TCP';
  if (!w.needs(TCP_HEADER, 'header')) {
    portsOrBroken(w);
    return null;
  }
  const { bytes, offset } = w;
  const from = w.u16('source port', 0);
  const to = w.u16('destination port', 2);
  const sequence = w.u32('sequence', 4);
  const acknowledgement = w.u32('acknowledgement', 8);
  const header = tcpHeaderLength(bytes, offset);
  w.note('header length', header, 12, 1);
  w.number8('reserved', 12, 0x0f);
  const flags = tcpFlags(bytes, offset);
  w.note('flags', bitNames(flags, FLAG_NAMES), 13, 1);
  const window = w.u16('window', 14);
  const ends = w.ends(from, to);
  w.takes(header);
  w.verify(TCP_CHECKSUM, w.room, w.pseudoSum(PROTOCOL_TCP, w.room));
  const urgent = w.u16('urgent pointer', 18);
  if (header < TCP_HEADER) w.fault(`header length of ${header}`, 12);
  else if (header > w.room) w.fault(`header length of ${header}, ${w.room} there`, 12);
  if (w.faults.length > 0) {
    w.text = `${ends}TCP malformed len ${w.room}`;
    return null;
  }
  const options = printOptions(w, TCP_HEADER, header, OPTIONS);
  const parts = [`${ends}TCP ${flagLetters(flags)} seq ${sequence}`];
  if (flags & ACK) parts.push(`ack ${acknowledgement}`);
  parts.push(`win ${window}`);
  if (flags & URG) parts.push(`urg ${urgent}`);
  if (options.length > 0) parts.push(`<${options.join(',')}>`);
  w.text = `${parts.join(' ')} len ${w.room - header}`;
  return null;
}

/** What is behind IP and no printer knows. */
export function printUnknownProtocol(w: LayerWriter): null {
  w.protocol = protocolName(w.number);
  if (w.number === 59 && w.ip?.version === 6) w.protocol = 'no next header';
  w.text = `${w.ends()}${w.protocol} len ${w.room}`;
  return null;
}

/** ICMP errors may quote the ports and no more (RFC 792). */
function portsOrBroken(w: LayerWriter): void {
  if (w.atHand < 4 || w.faults.length > 0) {
    w.broken();
    return;
  }
  w.takes(w.atHand);
  const ends = w.ends(w.u16('source port', 0), w.u16('destination port', 2));
  w.text = `${ends}${w.protocol} cut short len ${w.room}`;
}

function flagLetters(flags: number): string {
  let text = '';
  for (let i = 0; i < 8; i++) if (flags & (1 << i)) text += FLAG_LETTERS[i];
  return text === '' ? '-' : text;
}

function sackBlocks(bytes: Uint8Array, at: number, length: number): string {
  const blocks: string[] = [];
  for (let i = 2; i + 8 <= length; i += 8) {
    blocks.push(`${readU32(bytes, at + i)}:${readU32(bytes, at + i + 4)}`);
  }
  return blocks.join(' ');
}

const is =
  (size: number) =>
  (length: number): boolean =>
    length === size;
const nothing = (): string => '';

const OPTIONS: Readonly<Record<number, OptionKind>> = {
  2: { name: 'mss', fits: is(4), tell: (bytes, at) => `${readU16(bytes, at + 2)}` },
  3: { name: 'wscale', fits: is(3), tell: (bytes, at) => `${bytes[at + 2]}` },
  4: { name: 'sackOK', fits: is(2), tell: nothing },
  5: { name: 'sack', fits: (length) => length >= 10 && length % 8 === 2, tell: sackBlocks },
  8: {
    name: 'TS',
    fits: is(10),
    tell: (bytes, at) => `val ${readU32(bytes, at + 2)} ecr ${readU32(bytes, at + 6)}`,
  },
  19: { name: 'md5', fits: is(18), tell: nothing },
  28: {
    name: 'timeout',
    fits: is(4),
    tell: (bytes, at) => {
      const word = readU16(bytes, at + 2);
      return `${word & 0x7fff} ${word & 0x8000 ? 'min' : 's'}`;
    },
  },
  29: {
    name: 'ao',
    fits: (length) => length >= 4,
    tell: (bytes, at) => `key ${bytes[at + 2]} next ${bytes[at + 3]}`,
  },
  30: {
    name: 'mptcp',
    fits: (length) => length >= 3,
    tell: (bytes, at) => `subtype ${bytes[at + 2] >>> 4}`,
  },
  34: {
    name: 'fastopen',
    fits: (length) => length === 2 || (length >= 6 && length <= 18 && length % 2 === 0),
    tell: (bytes, at, length) => hexOf(bytes, at + 2, at + length),
  },
};

function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += bytes[at].toString(16).padStart(2, '0');
  return text;
}
