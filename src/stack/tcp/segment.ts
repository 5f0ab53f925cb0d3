import { readU16, readU32, writeU16, writeU32 } from '../../wire/bytes.js';
import { isTcp, TCP_CHECKSUM, TCP_HEADER, tcpFlags, tcpHeaderLength } from '../../wire/tcp.js';
import { emitTcpOptions, readTcpOptions, tcpOptionsLength } from '../../wire/tcp-options.js';
import type { IncomingSegment, OutgoingSegment } from './connection.js';
import type { SendQueue } from './send-queue.js';

/** Reads a segment of `length` bytes; its checksum is another's matter. False when it is none. */
export function readSegment(bytes: Uint8Array, at: number, length: number, into: IncomingSegment): boolean {
  if (!isTcp(bytes, at, length)) return false;
  const header = tcpHeaderLength(bytes, at);
  into.seq = readU32(bytes, at + 4) | 0;
  into.ack = readU32(bytes, at + 8) | 0;
  into.flags = tcpFlags(bytes, at);
  into.window = readU16(bytes, at + 14);
  readTcpOptions(bytes, at, into.options);
  into.bytes = bytes;
  into.payloadAt = at + header;
  into.payloadLength = length - header;
  into.congestionExperienced = false;
  return true;
}

/** Bytes of the segment, header and payload. */
export function segmentLength(segment: OutgoingSegment): number {
  return TCP_HEADER + tcpOptionsLength(segment.options) + segment.payloadLength;
}

/** Writes a segment; the checksum is left 0. `queue` has its payload, null for segments without. */
export function emitSegment(
  bytes: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  segment: OutgoingSegment,
  queue: SendQueue | null,
): void {
  writeU16(bytes, at, sourcePort);
  writeU16(bytes, at + 2, destinationPort);
  writeU32(bytes, at + 4, segment.seq);
  writeU32(bytes, at + 8, segment.ack);
  const options = emitTcpOptions(bytes, at + TCP_HEADER, segment.options);
  bytes[at + 12] = ((TCP_HEADER + options) >> 2) << 4;
  bytes[at + 13] = segment.flags;
  writeU16(bytes, at + 14, segment.window);
  writeU32(bytes, at + TCP_CHECKSUM, 0);
  if (segment.payloadLength === 0) return;
  queue?.copy(segment.payloadOffset, segment.payloadLength, bytes, at + TCP_HEADER + options);
}
