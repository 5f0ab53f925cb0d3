import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import { internetChecksum } from './checksum.js';

/** Smallest header (RFC 9293 §3.1). */
export const TCP_HEADER = 20;
export const TCP_CHECKSUM = 16;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

/** True when the header with its options fits `length`, the bytes at hand from the header on. */
export function isTcp(bytes: Uint8Array, offset: number, length: number): boolean {
  const header = tcpHeaderLength(bytes, offset);
  return length >= TCP_HEADER && header >= TCP_HEADER && header <= length;
}

export function tcpSourcePort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset);
}

export function tcpDestinationPort(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 2);
}

export function tcpSequence(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 4);
}

export function setTcpSequence(bytes: Uint8Array, offset: number, sequence: number): void {
  writeU32(bytes, offset + 4, sequence);
}

export function tcpAcknowledgement(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 8);
}

/** Header length with options, in bytes. */
export function tcpHeaderLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 12] >>> 4) << 2;
}

/** The eight flags, TCP_CWR to TCP_FIN. */
export function tcpFlags(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 13] & 0xff;
}

export function setTcpFlags(bytes: Uint8Array, offset: number, flags: number): void {
  bytes[offset + 13] = flags;
}

export function tcpWindow(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 14);
}

/** Writes a header without options, checksum and urgent pointer 0; `completeTcp` sets the checksum. */
export function emitTcp(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  sequence: number,
  acknowledgement: number,
  flags: number,
  window: number,
): void {
  writeU16(bytes, offset, sourcePort);
  writeU16(bytes, offset + 2, destinationPort);
  writeU32(bytes, offset + 4, sequence);
  writeU32(bytes, offset + 8, acknowledgement);
  bytes[offset + 12] = 5 << 4;
  bytes[offset + 13] = flags;
  writeU16(bytes, offset + 14, window);
  writeU32(bytes, offset + TCP_CHECKSUM, 0);
}

/** Computes and stores the checksum of a segment of `length` bytes; `pseudoSum` is its pseudo-header's. */
export function completeTcp(bytes: Uint8Array, offset: number, length: number, pseudoSum: number): void {
  writeU16(bytes, offset + TCP_CHECKSUM, 0);
  writeU16(bytes, offset + TCP_CHECKSUM, internetChecksum(bytes, offset, length, pseudoSum));
}
