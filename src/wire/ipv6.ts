import { readU16, writeU16, writeU32 } from './bytes.js';
import { foldSum } from './checksum.js';
import { parseIpv4 } from './ipv4.js';

/** The fixed header (RFC 8200 §3). */
export const IPV6_HEADER = 40;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const DESTINATION_OPTIONS = 60;
/** Chains longer than this are nobody's honest traffic. */
const MAX_EXTENSIONS = 8;

/** True when version and payload length fit `length`, the bytes at hand from the header on. No jumbograms. */
export function isIpv6(bytes: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= IPV6_HEADER &&
    bytes[offset] >>> 4 === 6 &&
    IPV6_HEADER + ipv6PayloadLength(bytes, offset) <= length
  );
}

/** Traffic class: DSCP (6 bits) and ECN (2). */
export function ipv6TrafficClass(bytes: Uint8Array, offset: number): number {
  return (readU16(bytes, offset) >>> 4) & 0xff;
}

/** What follows the fixed header, extension headers included, in bytes. */
export function ipv6PayloadLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 4);
}

export function ipv6NextHeader(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 6] & 0xff;
}

export function ipv6HopLimit(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 7] & 0xff;
}

/**
 * Length of the fixed header and the extension headers that whole packets have (hop-by-hop, routing, destination
 * options; a fragment header ends the walk), or 0 when they do not fit `length` or are too many.
 * The protocol behind them is `ipv6Protocol` with this value.
 */
export function ipv6HeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  let next = bytes[offset + 6];
  let at = IPV6_HEADER;
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    if (next !== HOP_BY_HOP && next !== ROUTING && next !== DESTINATION_OPTIONS) return at <= length ? at : 0;
    if (at + 8 > length) return 0;
    next = bytes[offset + at];
    at += (bytes[offset + at + 1] + 1) << 3;
  }
  return 0;
}

/** The protocol behind headers of `headerLength` bytes, as `ipv6HeaderLength` found it. */
export function ipv6Protocol(bytes: Uint8Array, offset: number, headerLength: number): number {
  let next = bytes[offset + 6];
  let at = IPV6_HEADER;
  while (at < headerLength) {
    next = bytes[offset + at];
    at += (bytes[offset + at + 1] + 1) << 3;
  }
  return next & 0xff;
}

/** Writes a fixed header; traffic class and flow label 0. Addresses: 16 bytes. */
export function emitIpv6(
  bytes: Uint8Array,
  offset: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  writeU32(bytes, offset, 0x60000000);
  writeU16(bytes, offset + 4, payloadLength);
  bytes[offset + 6] = nextHeader;
  bytes[offset + 7] = hopLimit;
  for (let i = 0; i < 16; i++) {
    bytes[offset + IPV6_SOURCE + i] = source[i];
    bytes[offset + IPV6_DESTINATION + i] = destination[i];
  }
}

/** Folded sum of the pseudo-header (RFC 8200 §8.1) for `length` bytes of an upper-layer protocol. */
export function ipv6PseudoSum(bytes: Uint8Array, offset: number, protocol: number, length: number): number {
  let sum = protocol + length;
  for (let at = offset + IPV6_SOURCE; at < offset + IPV6_HEADER; at += 2) sum += readU16(bytes, at);
  return foldSum(sum);
}

/** The canonical text of RFC 5952 §4: lower case, the longest run of two or more zero groups as `::`. */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  let bestAt = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && readU16(bytes, offset + 2 * (i + run)) === 0) run++;
    if (run > bestLength) {
      bestAt = i;
      bestLength = run;
    }
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      text += '::';
      i += bestLength - 1;
    } else {
      if (text !== '' && !text.endsWith(':')) text += ':';
      text += readU16(bytes, offset + 2 * i).toString(16);
    }
  }
  return text;
}

/** Sixteen bytes of an address as text (RFC 4291 §2.2, also with an IPv4 address at its end); null for anything else. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (text.length > 45 || halves.length > 2) return null;
  const front = parseGroups(halves[0], halves.length === 1);
  const back = parseGroups(halves[1] ?? '', true);
  if (front === null || back === null) return null;
  const missing = 16 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...back]);
}

/** Bytes of groups between colons; only at the end of an address may the last be an IPv4 address. */
function parseGroups(text: string, atEnd: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
      continue;
    }
    const four = atEnd && index === groups.length - 1 ? parseIpv4(group) : null;
    if (four === null) return null;
    bytes.push(...four);
  }
  return bytes;
}
