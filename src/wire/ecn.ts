import { readU16, writeU16 } from './bytes.js';
import { updateChecksum } from './checksum.js';
import { IPV4_CHECKSUM } from './ipv4.js';

/** Codepoints of explicit congestion notification (RFC 3168 §5). */
export const Ecn = { notCapable: 0, capable1: 1, capable0: 2, experienced: 3 } as const;

/** The codepoint of an IP header of either family. */
export function ecnOf(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] >>> 4 === 4 ? bytes[offset + 1] : bytes[offset + 1] >>> 4) & 3;
}

/** Sets it. The checksum of IPv4 is as right, or as wrong, as before. */
export function setEcn(bytes: Uint8Array, offset: number, codepoint: number): void {
  if (bytes[offset] >>> 4 !== 4) {
    bytes[offset + 1] = (bytes[offset + 1] & 0xcf) | (codepoint << 4);
    return;
  }
  const before = readU16(bytes, offset);
  bytes[offset + 1] = (bytes[offset + 1] & 0xfc) | codepoint;
  const checksum = readU16(bytes, offset + IPV4_CHECKSUM);
  writeU16(bytes, offset + IPV4_CHECKSUM, updateChecksum(checksum, before, readU16(bytes, offset)));
}

/**
 * What a packet carries that comes out of a tunnel (RFC 6040 §4.2); -1: it has to be dropped, since a router said by the
 * mark that it would have dropped it, and the ends know no marks.
 */
export function ecnBehindTunnel(inner: number, outer: number): number {
  if (inner === Ecn.notCapable) return outer === Ecn.experienced ? -1 : inner;
  if (inner === Ecn.experienced || outer === Ecn.experienced) return Ecn.experienced;
  return outer === Ecn.capable1 ? outer : inner;
}

/**
 * What a packet carries that was put together from fragments (RFC 3168 §5.3); `seen` has a bit for each codepoint that one of
 * them carried, `first` is the first one's. -1: it has to be dropped.
 */
export function ecnOfFragments(seen: number, first: number): number {
  if ((seen & (1 << Ecn.experienced)) === 0) return first;
  return (seen & (1 << Ecn.notCapable)) === 0 ? Ecn.experienced : -1;
}
