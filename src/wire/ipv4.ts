import { readU16, writeU16 } from './bytes.js';
import { foldSum, internetChecksum } from './checksum.js';

/** Smallest header (RFC 791 §3.1). */
export const IPV4_HEADER = 20;
export const IPV4_CHECKSUM = 10;
export const IPV4_SOURCE = 12;
export const IPV4_DESTINATION = 16;
/** Bits of the flags and fragment word. */
export const IPV4_DONT_FRAGMENT = 0x4000;
export const IPV4_MORE_FRAGMENTS = 0x2000;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMPV6 = 58;

/**
 * True when version, header length and total length fit `length`, the bytes at hand from the header on
 * (padding may follow the packet). The checksum is `isIpv4ChecksumRight`'s.
 */
export function isIpv4(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < IPV4_HEADER || bytes[offset] >>> 4 !== 4) return false;
  const header = ipv4HeaderLength(bytes, offset);
  const total = ipv4TotalLength(bytes, offset);
  return header >= IPV4_HEADER && header <= total && total <= length;
}

export function isIpv4ChecksumRight(bytes: Uint8Array, offset: number): boolean {
  return internetChecksum(bytes, offset, ipv4HeaderLength(bytes, offset)) === 0;
}

/** Header length with options, in bytes. */
export function ipv4HeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] & 0x0f) << 2;
}

export function ipv4TotalLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 2);
}

export function ipv4Id(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 4);
}

/** The word of flags and fragment offset (in units of eight bytes, 13 bits). */
export function ipv4Fragment(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 6);
}

/** True for any fragment, the first one too. */
export function isIpv4Fragment(bytes: Uint8Array, offset: number): boolean {
  return (readU16(bytes, offset + 6) & 0x3fff) !== 0;
}

export function ipv4Ttl(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 8] & 0xff;
}

export function ipv4Protocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 9] & 0xff;
}

/** Computes and stores the header checksum. */
export function completeIpv4(bytes: Uint8Array, offset: number): void {
  writeU16(bytes, offset + IPV4_CHECKSUM, 0);
  writeU16(bytes, offset + IPV4_CHECKSUM, internetChecksum(bytes, offset, ipv4HeaderLength(bytes, offset)));
}

/** Writes a header without options, checksum included; don't-fragment set, TOS 0. Addresses: four bytes. */
export function emitIpv4(
  bytes: Uint8Array,
  offset: number,
  totalLength: number,
  id: number,
  ttl: number,
  protocol: number,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  bytes[offset] = 0x45;
  bytes[offset + 1] = 0;
  writeU16(bytes, offset + 2, totalLength);
  writeU16(bytes, offset + 4, id);
  writeU16(bytes, offset + 6, IPV4_DONT_FRAGMENT);
  bytes[offset + 8] = ttl;
  bytes[offset + 9] = protocol;
  for (let i = 0; i < 4; i++) {
    bytes[offset + IPV4_SOURCE + i] = source[i];
    bytes[offset + IPV4_DESTINATION + i] = destination[i];
  }
  completeIpv4(bytes, offset);
}

/** Folded sum of the pseudo-header (RFC 793 §3.1) for `length` bytes of a transport protocol. */
export function ipv4PseudoSum(bytes: Uint8Array, offset: number, protocol: number, length: number): number {
  let sum = protocol + length;
  for (let at = offset + IPV4_SOURCE; at < offset + 20; at += 2) sum += readU16(bytes, at);
  return foldSum(sum);
}

/** `10.0.0.1`. */
export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset] ?? 0}.${bytes[offset + 1] ?? 0}.${bytes[offset + 2] ?? 0}.${bytes[offset + 3] ?? 0}`;
}

/** Four bytes of a dotted address; null for anything else (leading zeros are refused: some read them as octal). */
export function parseIpv4(text: string): Uint8Array | null {
  if (!/^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : null;
}
