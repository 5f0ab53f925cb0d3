import { readU16, writeU16 } from './bytes.js';
import { internetChecksum } from './checksum.js';

/** Type, code, checksum and four bytes that depend on the type (RFC 792; the same shape in RFC 4443). */
export const ICMP_HEADER = 8;
export const ICMP_CHECKSUM = 2;
export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;

/** True when the header is whole. */
export function isIcmp(length: number): boolean {
  return length >= ICMP_HEADER;
}

export function icmpType(bytes: Uint8Array, offset: number): number {
  return bytes[offset] & 0xff;
}

export function icmpCode(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1] & 0xff;
}

/** Identifier of an echo. */
export function icmpEchoId(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 4);
}

/** Sequence number of an echo. */
export function icmpEchoSequence(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 6);
}

/** Writes an ICMPv4 echo header over the payload that is already there, checksum included. */
export function emitIcmpEcho(
  bytes: Uint8Array,
  offset: number,
  type: number,
  id: number,
  sequence: number,
  payloadLength: number,
): void {
  bytes[offset] = type;
  bytes[offset + 1] = 0;
  writeU16(bytes, offset + ICMP_CHECKSUM, 0);
  writeU16(bytes, offset + 4, id);
  writeU16(bytes, offset + 6, sequence);
  writeU16(bytes, offset + ICMP_CHECKSUM, internetChecksum(bytes, offset, ICMP_HEADER + payloadLength));
}
