import { readU16, readU32, writeU16, writeU32 } from './bytes.js';
import { TCP_HEADER, tcpHeaderLength } from './tcp.js';

const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/** Most SACK blocks that an option space of 40 bytes holds (RFC 2018 §3). */
export const SACK_BLOCKS = 4;
/** Largest shift of a window (RFC 7323 §2.3): more in an option means this. */
export const MAX_WINDOW_SCALE = 14;

/** The options of one segment. An object is filled again and again: no allocation for a segment. */
export interface TcpOptions {
  /** Maximum segment size; 0: not given. Only in a SYN. */
  mss: number;
  /** Shift of the window; -1: not given. Only in a SYN. */
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamps: boolean;
  /** Signed 32-bit, as all sequence-like numbers inside the stack. */
  timestamp: number;
  timestampEcho: number;
  /** How many of `sackLeft` and `sackRight` count. */
  sackCount: number;
  readonly sackLeft: Int32Array;
  readonly sackRight: Int32Array;
}

export function noTcpOptions(): TcpOptions {
  return {
    ...{
      mss: 0,
      windowScale: -1,
      sackPermitted: false,
      hasTimestamps: false,
      timestamp: 0,
      timestampEcho: 0,
    },
    ...{ sackCount: 0, sackLeft: new Int32Array(SACK_BLOCKS), sackRight: new Int32Array(SACK_BLOCKS) },
  };
}

/** Sets them all to "not given". */
export function clearTcpOptions(options: TcpOptions): void {
  options.mss = 0;
  options.windowScale = -1;
  options.sackPermitted = false;
  options.hasTimestamps = false;
  options.timestamp = 0;
  options.timestampEcho = 0;
  options.sackCount = 0;
}

/**
 * Reads the options of a header that `isTcp` has passed. Unknown ones are skipped; one whose length is impossible ends
 * the reading, and what came before it counts (RFC 9293 §3.1, MUST-7 and MUST-68).
 */
export function readTcpOptions(bytes: Uint8Array, offset: number, options: TcpOptions): void {
  clearTcpOptions(options);
  const end = offset + tcpHeaderLength(bytes, offset);
  let at = offset + TCP_HEADER;
  while (at < end) {
    const kind = bytes[at];
    if (kind === END) return;
    if (kind === NOP) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (at + 1 >= end || length < 2 || at + length > end) return;
    readOption(bytes, at, kind, length, options);
    at += length;
  }
}

function readOption(bytes: Uint8Array, at: number, kind: number, length: number, options: TcpOptions): void {
  if (kind === MSS && length === 4) options.mss = readU16(bytes, at + 2);
  else if (kind === WINDOW_SCALE && length === 3) {
    options.windowScale = Math.min(bytes[at + 2] & 0xff, MAX_WINDOW_SCALE);
  } else if (kind === SACK_PERMITTED && length === 2) options.sackPermitted = true;
  else if (kind === TIMESTAMPS && length === 10) {
    options.hasTimestamps = true;
    options.timestamp = readU32(bytes, at + 2) | 0;
    options.timestampEcho = readU32(bytes, at + 6) | 0;
  } else if (kind === SACK && length >= 10 && (length - 2) % 8 === 0) {
    options.sackCount = Math.min((length - 2) >> 3, SACK_BLOCKS);
    for (let i = 0; i < options.sackCount; i++) {
      options.sackLeft[i] = readU32(bytes, at + 2 + i * 8);
      options.sackRight[i] = readU32(bytes, at + 6 + i * 8);
    }
  }
}

/** Bytes that the options take, padded to words: a multiple of 4, at most 40. */
export function tcpOptionsLength(options: TcpOptions): number {
  let length = 0;
  if (options.mss > 0) length += 4;
  if (options.windowScale >= 0) length += 4;
  if (options.hasTimestamps) length += 12;
  else if (options.sackPermitted) length += 4;
  const blocks = Math.min(options.sackCount, (40 - length - 4) >> 3);
  if (blocks > 0) length += 4 + blocks * 8;
  return length;
}

/**
 * Writes the options at `at`, each aligned as hosts expect (RFC 7323 appendix A), and answers their length, which is
 * `tcpOptionsLength`. SACK blocks that find no room are left out.
 */
export function emitTcpOptions(bytes: Uint8Array, at: number, options: TcpOptions): number {
  let next = at;
  if (options.mss > 0) {
    bytes[next] = MSS;
    bytes[next + 1] = 4;
    writeU16(bytes, next + 2, options.mss);
    next += 4;
  }
  if (options.windowScale >= 0) {
    bytes[next] = NOP;
    bytes[next + 1] = WINDOW_SCALE;
    bytes[next + 2] = 3;
    bytes[next + 3] = options.windowScale;
    next += 4;
  }
  if (options.hasTimestamps) {
    // The two bytes of padding hold "SACK permitted" where that is said too.
    bytes[next] = options.sackPermitted ? SACK_PERMITTED : NOP;
    bytes[next + 1] = options.sackPermitted ? 2 : NOP;
    bytes[next + 2] = TIMESTAMPS;
    bytes[next + 3] = 10;
    writeU32(bytes, next + 4, options.timestamp);
    writeU32(bytes, next + 8, options.timestampEcho);
    next += 12;
  } else if (options.sackPermitted) {
    bytes[next] = NOP;
    bytes[next + 1] = NOP;
    bytes[next + 2] = SACK_PERMITTED;
    bytes[next + 3] = 2;
    next += 4;
  }
  const blocks = Math.min(options.sackCount, (40 - (next - at) - 4) >> 3);
  if (blocks <= 0) return next - at;
  bytes[next] = NOP;
  bytes[next + 1] = NOP;
  bytes[next + 2] = SACK;
  bytes[next + 3] = 2 + blocks * 8;
  next += 4;
  for (let i = 0; i < blocks; i++, next += 8) {
    writeU32(bytes, next, options.sackLeft[i]);
    writeU32(bytes, next + 4, options.sackRight[i]);
  }
  return next - at;
}
