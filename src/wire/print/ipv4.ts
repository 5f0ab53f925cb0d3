import { readU16, readU32 } from '../bytes.js';
import { sumWords } from '../checksum.js';
import {
  formatIpv4,
  IPV4_CHECKSUM,
  IPV4_DESTINATION,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER,
  IPV4_MORE_FRAGMENTS,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4PseudoSum,
} from '../ipv4.js';
import type { IpEnds, Stretch } from './layer.js';
import { bitNames, formatOfProtocol, hex16, protocolName } from './names.js';
import { type OptionKind, printOptions } from './option-list.js';
import type { LayerWriter } from './writer.js';

const OFFSET_MASK = 0x1fff;

/** RFC 791 with the options of RFC 2113, 1108; those that only experiments had are told by number. */
export function printIpv4(w: LayerWriter): Stretch | null {
  w.protocol = 'IPv4';
  if (!w.needs(IPV4_HEADER, 'header')) {
    w.broken();
    return null;
  }
  const { bytes, offset } = w;
  const version = w.number8('version', 0, 0xf0);
  const header = ipv4HeaderLength(bytes, offset);
  w.note('header length', header, 0, 1);
  w.number8('dscp', 1, 0xfc);
  w.number8('ecn', 1, 0x03);
  const total = w.u16('total length', 2);
  const id = w.u16('id', 4);
  const word = readU16(bytes, offset + 6);
  w.note('flags', bitNames(word >>> 13, ['reserved', 'DF', 'MF']), 6, 1);
  const place = (word & OFFSET_MASK) * 8;
  w.note('fragment offset', place, 6, 2);
  w.u8('ttl', 8);
  const protocol = w.u8('protocol', 9);
  w.takes(header);
  const isWrong = !isSound(w, version, header, total);
  if (version === 4 && header >= IPV4_HEADER) w.verify(IPV4_CHECKSUM, header, 0);
  const source = w.address4('source', IPV4_SOURCE);
  const destination = w.address4('destination', IPV4_DESTINATION);
  const options = header > IPV4_HEADER ? printOptions(w, IPV4_HEADER, Math.min(header, w.room), OPTIONS) : [];
  const around = w.ends();
  if (isWrong) {
    w.text = `${around}IPv4 malformed len ${w.room}`;
    return null;
  }
  const list = options.length > 0 ? ` <${options.join(',')}>` : '';
  w.text = `${around}IPv4${list}`;
  const end = offset + total;
  const addressSum = sumOfEnds(bytes, offset, Math.min(header, w.atHand));
  const ip: IpEnds = { version: 4, source, destination, addressSum };
  const isFragment = (word & (IPV4_MORE_FRAGMENTS | OFFSET_MASK)) !== 0;
  if (isFragment) {
    const more = (word & IPV4_MORE_FRAGMENTS) !== 0;
    if (more && (total - header) % 8 !== 0)
      w.fault(`a fragment of ${total - header} bytes with more behind`, 2);
    const dont = (word & IPV4_DONT_FRAGMENT) !== 0 ? ' DF' : '';
    const what = `fragment at ${place} id ${id}${dont}${more ? ' more' : ''} len ${total - header}`;
    w.text += ` ${source} > ${destination} ${protocolName(protocol)} ${what}`;
    return null;
  }
  return w.next(formatOfProtocol(protocol, 4), protocol, header, { end, held: Math.min(w.held, end), ip });
}

/** Version and lengths fit each other and what is there. */
function isSound(w: LayerWriter, version: number, header: number, total: number): boolean {
  if (version !== 4) w.fault(`version ${version}`, 0);
  if (header < IPV4_HEADER) w.fault(`header length of ${header}`, 0);
  else if (total < header) w.fault(`total length of ${total}, header of ${header}`, 2);
  // What an ICMP error quotes may be cut.
  else if (total > w.room && w.depth === 0) w.fault(`total length of ${total}, ${w.room} there`, 2);
  else if (header > w.room && w.depth === 0) w.fault(`header length of ${header}, ${w.room} there`, 0);
  return w.faults.length === 0;
}

const LOOSE = 131;
const STRICT = 137;

/** Sum of the addresses of both ends: on a source route whose end is not reached, the last address is the final destination. */
function sumOfEnds(bytes: Uint8Array, offset: number, header: number): number {
  const sum = ipv4PseudoSum(bytes, offset, 0, 0);
  const last = routeEnd(bytes, offset, header);
  if (last < 0) return sum;
  return sumWords(bytes, offset + last, 4, sumWords(bytes, offset + IPV4_SOURCE, 4));
}

/** Where the last address of a source route is, from the header's first byte; -1: the packet is on none. */
function routeEnd(bytes: Uint8Array, offset: number, header: number): number {
  let at = IPV4_HEADER;
  while (at + 2 < header) {
    const kind = bytes[offset + at];
    if (kind === 0) return -1;
    const length = kind === 1 ? 1 : bytes[offset + at + 1];
    if (length < 1) return -1;
    if (kind === LOOSE || kind === STRICT) {
      const isOpen = length >= 7 && at + length <= header && bytes[offset + at + 2] <= length;
      return isOpen ? at + length - 4 : -1;
    }
    at += length;
  }
  return -1;
}

const any = (length: number): boolean => length >= 2;
/** A pointer, then addresses. */
const hasAddresses = (length: number): boolean => length >= 3 && length % 4 === 3;

/** Addresses behind a pointer, the one that it points to marked. */
function addresses(bytes: Uint8Array, at: number, length: number): string {
  const list: string[] = [];
  for (let i = 3; i + 4 <= length; i += 4) {
    list.push(`${bytes[at + 2] === i + 1 ? '^' : ''}${formatIpv4(bytes, at + i)}`);
  }
  return list.join(' ');
}

function stamps(bytes: Uint8Array, at: number, length: number): string {
  const flag = bytes[at + 3] & 0xf;
  const words: string[] = [];
  for (let i = 4; i + 4 <= length; i += 4) {
    const isAddress = flag !== 0 && (i - 4) % 8 === 0;
    words.push(isAddress ? formatIpv4(bytes, at + i) : `${readU32(bytes, at + i)}`);
  }
  return `flag ${flag} overflow ${bytes[at + 3] >>> 4} ${words.join(' ')}`;
}

const OPTIONS: Readonly<Record<number, OptionKind>> = {
  7: { name: 'RR', fits: hasAddresses, tell: addresses },
  68: { name: 'TS', fits: (length) => length >= 4 && length % 4 === 0, tell: stamps },
  130: { name: 'security', fits: any, tell: () => '' },
  [LOOSE]: { name: 'LSRR', fits: hasAddresses, tell: addresses },
  [STRICT]: { name: 'SSRR', fits: hasAddresses, tell: addresses },
  148: { name: 'RA', fits: (length) => length === 4, tell: (bytes, at) => hex16(readU16(bytes, at + 2)) },
};
