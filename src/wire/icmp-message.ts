import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import { internetChecksum } from './checksum.js';
import { ICMP_CHECKSUM, ICMP_HEADER } from './icmp.js';

// Errors of ICMPv4 (RFC 792) beyond those of icmp.ts, and of ICMPv6 (RFC 4443 §3).
export const ICMP_REDIRECT = 5;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMPV6_UNREACHABLE = 1;
export const ICMPV6_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_REDIRECT = 137;
/** All ICMPv6 types below are errors (RFC 4443 §2.1). */
const ICMPV6_FIRST_INFORMATION = 128;

/**
 * True for types of ICMPv4 that ask or answer: echo, router discovery, timestamp, information, address mask, extended echo
 * (RFC 8335). All others are errors, or may be.
 */
export function isIcmpQuery(type: number): boolean {
  return type === 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= 18) || type === 42 || type === 43;
}

/** True for types of ICMPv6 that are no errors. */
export function isIcmpv6Information(type: number): boolean {
  return type >= ICMPV6_FIRST_INFORMATION;
}

/** The MTU of "fragmentation needed" (RFC 1191 §4); 0: the router is older than that. */
export function icmpNextHopMtu(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 6);
}

/** The MTU of "packet too big" (RFC 4443 §3.2). */
export function icmpv6Mtu(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 4) >>> 0;
}

/**
 * Writes a header in front of `behind` bytes that are already there, checksum included. `second` is the word that depends on the
 * type: an MTU, a pointer, an echo's identifier and number. `pseudoSum` is that of IPv6, 0 for ICMPv4.
 */
export function emitIcmp(
  bytes: Uint8Array,
  offset: number,
  type: number,
  code: number,
  second: number,
  behind: number,
  pseudoSum: number,
): void {
  bytes[offset] = type;
  bytes[offset + 1] = code;
  writeU16(bytes, offset + ICMP_CHECKSUM, 0);
  writeU32(bytes, offset + 4, second);
  const checksum = internetChecksum(bytes, offset, ICMP_HEADER + behind, pseudoSum);
  writeU16(bytes, offset + ICMP_CHECKSUM, checksum);
}
