import { readU16, writeU16, writeU32 } from './bytes.js';

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
