import { readU16, writeU16 } from './bytes.js';
import { internetChecksum } from './checksum.js';

/** RFC 768. */
export const UDP_HEADER = 8;
export const UDP_CHECKSUM = 6;

/** True when the header is whole and its length fits `length`, the bytes at hand from the header on. */
export function isUdp(bytes: Uint8Array, offset: number, length: number): boolean {
  const own = udpLength(bytes, offset);
  return length >= UDP_HEADER && own >= UDP_HEADER && own <= length;
}

export function udpSourcePort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset);
}

export function udpDestinationPort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 2);
}

/** Header and payload, in bytes. */
export function udpLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 4);
}

/** Writes the header with checksum 0 ("none"); `completeUdp` sets it. */
export function emitUdp(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): void {
  writeU16(bytes, offset, sourcePort);
  writeU16(bytes, offset + 2, destinationPort);
  writeU16(bytes, offset + 4, length);
  writeU16(bytes, offset + UDP_CHECKSUM, 0);
}

/**
 * Computes and stores the checksum of a datagram of `length` bytes; `pseudoSum` is its pseudo-header's.
 * A result of 0 is sent as 0xffff, since 0 says that there is none (RFC 768).
 */
export function completeUdp(bytes: Uint8Array, offset: number, length: number, pseudoSum: number): void {
  writeU16(bytes, offset + UDP_CHECKSUM, 0);
  const checksum = internetChecksum(bytes, offset, length, pseudoSum);
  writeU16(bytes, offset + UDP_CHECKSUM, checksum === 0 ? 0xffff : checksum);
}
