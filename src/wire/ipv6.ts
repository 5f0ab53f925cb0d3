import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import { foldSum } from './checksum.js';
import { parseIpv4 } from './ipv4.js';

/** The fixed header (RFC 8200 §3). */
export const IPV6_HEADER = 40;
export const IPV6_SOURCE = 8;
export const IPV6_DESTINATION = 24;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const DESTINATION_OPTIONS = 60;
const FLOW_LABEL = 0xf_ffff;
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

/** 20 bits; 0: the sender has not labelled its flows (RFC 6437 §2). */
export function ipv6FlowLabel(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset) & FLOW_LABEL;
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

/** Writes a fixed header; traffic class 0. Addresses: 16 bytes; `flowLabel`: 20 bits (RFC 6437). */
export function emitIpv6(
  bytes: Uint8Array,
  offset: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  source: Uint8Array,
  destination: Uint8Array,
  flowLabel = 0,
): void {
  writeU32(bytes, offset, 0x60000000 | (flowLabel & FLOW_LABEL));
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

/** Sixteen bytes of an address in any text form of RFC 4291 §2.2; null for anything else. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(parseGroups);
  if (head === null || tail === null) return null;
  if (tail === undefined) return head.length === 16 ? Uint8Array.from(head) : null;
  // `::` stands for one group of zeros at least, and an IPv4 address ends the text.
  if (head.length + tail.length > 14 || halves[0].includes('.')) return null;
  return Uint8Array.from([...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail]);
}

/** Bytes of groups between colons, an IPv4 address as the last one; none for no text. */
function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 ? parseIpv4(group) : null;
    if (ipv4 !== null) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const word = Number.parseInt(group, 16);
      bytes.push(word >>> 8, word & 0xff);
    } else return null;
  }
  return bytes;
}
