/** Writes pcapng, little-endian, timestamps in microseconds (the default resolution). */
import { copyBytes } from './bytes.js';
import { MAX_CAPTURED } from './capture-record.js';
import {
  BLOCK_FRAME,
  BlockType,
  BYTE_ORDER_MAGIC,
  InterfaceOption,
  OPTION_COMMENT,
  OPTION_END,
  PacketOption,
  padded,
  SECTION_APPLICATION,
} from './pcapng-format.js';

/** What an enhanced packet block says beside the bytes; callers may keep and change one object. */
export interface PacketMeta {
  /** Number of the interface: its place among the description blocks of the section, from 0. */
  interfaceId: number;
  /** Microseconds since the Unix epoch. */
  timestamp: number;
  originalLength: number;
  /** One of CaptureDirection. */
  direction: number;
  /** Packets lost since the one before; 0 says nothing. */
  dropCount: number;
  /** UTF-8 text from `encodeComment`, or null. */
  comment: Uint8Array | null;
}

const MAX_OPTION = 0xffff;
const PACKET_FIXED = 20;
const OPTION_HEADER = 4;

/** Text for `PacketMeta.comment`: cut, between characters, where an option's length ends. Empty text: null. */
export function encodeComment(text: string): Uint8Array | null {
  if (text === '') return null;
  const buffer = new Uint8Array(Math.min(MAX_OPTION, text.length * 3));
  return buffer.slice(0, new TextEncoder().encodeInto(text, buffer).written);
}

/** A section header block of unknown section length. `application` names the writer. */
export function sectionHeader(application = ''): Uint8Array {
  const name = encodeComment(application);
  const block = new Uint8Array(BLOCK_FRAME + 16 + optionsLength(name));
  writeU32(block, 8, BYTE_ORDER_MAGIC);
  writeU16(block, 12, 1);
  writeU16(block, 14, 0);
  block.fill(0xff, 16, 24);
  emitTextOption(block, 24, SECTION_APPLICATION, name);
  return framed(block, BlockType.section);
}

/** An interface description block. The n-th of its section is interface n - 1. */
export function interfaceDescription(linkType: number, name = '', snapLength = MAX_CAPTURED): Uint8Array {
  const text = encodeComment(name);
  const block = new Uint8Array(BLOCK_FRAME + 8 + optionsLength(text));
  writeU16(block, 8, linkType);
  writeU32(block, 12, snapLength);
  emitTextOption(block, 16, InterfaceOption.name, text);
  return framed(block, BlockType.interfaceDescription);
}

/** Length of the block that `emitPacketBlock` writes for `captured` bytes. */
export function packetBlockLength(captured: number, meta: PacketMeta): number {
  let options = 0;
  if (meta.comment !== null) options += OPTION_HEADER + padded(meta.comment.length);
  if (meta.direction !== 0) options += OPTION_HEADER + 4;
  if (meta.dropCount > 0) options += OPTION_HEADER + 8;
  if (options > 0) options += OPTION_HEADER;
  return BLOCK_FRAME + PACKET_FIXED + padded(captured) + options;
}

/**
 * Writes an enhanced packet block with the bytes `source[from … from + captured)` and answers its length;
 * 0, with nothing written, when it does not fit the target.
 */
export function emitPacketBlock(
  target: Uint8Array,
  offset: number,
  meta: PacketMeta,
  source: Uint8Array,
  from: number,
  captured: number,
): number {
  const total = packetBlockLength(captured, meta);
  if (offset + total > target.length) return 0;
  writeU32(target, offset, BlockType.enhancedPacket);
  writeU32(target, offset + 4, total);
  writeU32(target, offset + 8, meta.interfaceId);
  writeU32(target, offset + 12, Math.floor(meta.timestamp / 0x1_0000_0000));
  writeU32(target, offset + 16, meta.timestamp);
  writeU32(target, offset + 20, captured);
  writeU32(target, offset + 24, meta.originalLength);
  let at = offset + 28;
  copyBytes(source, from, captured, target, at);
  at = pad(target, at + captured, captured);
  if (meta.comment !== null) at = emitTextOption(target, at, OPTION_COMMENT, meta.comment, false);
  if (meta.direction !== 0) {
    at = emitOptionHeader(target, at, PacketOption.flags, 4);
    writeU32(target, at, meta.direction);
    at += 4;
  }
  if (meta.dropCount > 0) {
    at = emitOptionHeader(target, at, PacketOption.dropCount, 8);
    writeU32(target, at, meta.dropCount);
    writeU32(target, at + 4, Math.floor(meta.dropCount / 0x1_0000_0000));
    at += 8;
  }
  if (at + 4 < offset + total) at = emitOptionHeader(target, at, OPTION_END, 0);
  writeU32(target, at, total);
  return total;
}

function optionsLength(text: Uint8Array | null): number {
  return text === null ? 0 : OPTION_HEADER + padded(text.length) + OPTION_HEADER;
}

function emitTextOption(target: Uint8Array, at: number, code: number, text: Uint8Array | null, last = true) {
  if (text === null) return at;
  const value = emitOptionHeader(target, at, code, text.length);
  target.set(text, value);
  const next = pad(target, value + text.length, text.length);
  return last ? emitOptionHeader(target, next, OPTION_END, 0) : next;
}

function emitOptionHeader(target: Uint8Array, at: number, code: number, length: number): number {
  writeU16(target, at, code);
  writeU16(target, at + 2, length);
  return at + OPTION_HEADER;
}

/** Zeroes up to the next multiple of four of `length` and answers where that is. */
function pad(target: Uint8Array, at: number, length: number): number {
  const end = at + padded(length) - length;
  for (let i = at; i < end; i++) target[i] = 0;
  return end;
}

function framed(block: Uint8Array, type: number): Uint8Array {
  writeU32(block, 0, type);
  writeU32(block, 4, block.length);
  writeU32(block, block.length - 4, block.length);
  return block;
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
