import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import { IPV6_HEADER, ipv6HeaderLength, ipv6Protocol } from './ipv6.js';

/** The extension header of fragments (RFC 8200 §4.5), and its number among protocols. */
export const IPV6_FRAGMENT_HEADER = 8;
export const PROTOCOL_IPV6_FRAGMENT = 44;

/** Where in the packet the fragment's bytes belong, a multiple of eight. */
export function ipv6FragmentOffset(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 2) & 0xfff8;
}

/** Writes the header: what follows belongs at `fragmentOffset` (a multiple of eight), and `more` follow it. */
export function emitIpv6Fragment(
  bytes: Uint8Array,
  offset: number,
  nextHeader: number,
  fragmentOffset: number,
  more: boolean,
  id: number,
): void {
  bytes[offset] = nextHeader;
  bytes[offset + 1] = 0;
  writeU16(bytes, offset + 2, fragmentOffset | (more ? 1 : 0));
  writeU32(bytes, offset + 4, id);
}

/** Where the fragment header of a packet is, from the packet's start; 0: it has none within `length`. */
export function ipv6FragmentAt(bytes: Uint8Array, offset: number, length: number): number {
  const headers = ipv6HeaderLength(bytes, offset, length);
  if (headers === 0 || ipv6Protocol(bytes, offset, headers) !== PROTOCOL_IPV6_FRAGMENT) return 0;
  return headers + IPV6_FRAGMENT_HEADER <= length ? headers : 0;
}

export function hasMoreIpv6Fragments(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 3] & 1) !== 0;
}

export function ipv6FragmentId(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 4);
}

/** Place, from the packet's start, of the field that names what follows the first `headers` bytes of headers. */
export function nextHeaderFieldAt(bytes: Uint8Array, offset: number, headers: number): number {
  let field = 6;
  for (let at = IPV6_HEADER; at < headers; at += (bytes[offset + at + 1] + 1) << 3) field = at;
  return field;
}
