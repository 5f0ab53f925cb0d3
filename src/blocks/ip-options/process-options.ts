import type { Frame } from '../../contract/frame.js';
import { readU32, writeU32 } from '../../wire/bytes.js';
import { completeIpv4, IPV4_HEADER } from '../../wire/ipv4.js';

const END = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
/** Flags of a timestamp option: times only, each with an address, only at the addresses given. */
const TIMES_ONLY = 0;
const WITH_ADDRESS = 1;
const PRESPECIFIED = 3;
const DAY = 86_400_000;

/**
 * Writes the address into a recorded route and the time into timestamps, and mends the checksum. `now` is in
 * microseconds since the epoch. False, with the frame unchanged or half changed, when the options are malformed.
 */
export function processOptions(frame: Frame, offset: number, address: number, now: number): boolean {
  const { bytes } = frame;
  const header = (frame.u8(offset) & 0x0f) << 2;
  if (header < IPV4_HEADER || offset + header > frame.length) return false;
  const at = frame.start + offset;
  let changed = false;
  for (let i = IPV4_HEADER; i < header; ) {
    const kind = bytes[at + i];
    if (kind === END) break;
    if (kind === NO_OPERATION) {
      i++;
      continue;
    }
    const length = i + 1 < header ? bytes[at + i + 1] : 0;
    if (length < 2 || i + length > header) return false;
    if (kind === RECORD_ROUTE) {
      const done = recordRoute(bytes, at + i, length, address);
      if (done < 0) return false;
      if (done > 0) changed = true;
    } else if (kind === TIMESTAMP) {
      const done = recordTime(bytes, at + i, length, address, Math.floor(now / 1000) % DAY);
      if (done < 0) return false;
      if (done > 0) changed = true;
    }
    i += length;
  }
  if (changed) completeIpv4(bytes, at);
  return true;
}

/** 1: written, 0: nothing to do, -1: malformed. A route that is full goes on as it is. */
function recordRoute(bytes: Uint8Array, at: number, length: number, address: number): number {
  const pointer = bytes[at + 2];
  if (length < 3 || pointer < 4) return -1;
  if (pointer > length) return 0;
  if (pointer + 3 > length) return -1;
  writeU32(bytes, at + pointer - 1, address);
  bytes[at + 2] = pointer + 4;
  return 1;
}

/** `time` is in milliseconds since midnight UT. */
function recordTime(bytes: Uint8Array, at: number, length: number, address: number, time: number): number {
  const pointer = bytes[at + 2];
  if (length < 4 || pointer < 5) return -1;
  const flags = bytes[at + 3] & 0x0f;
  if (flags !== TIMES_ONLY && flags !== WITH_ADDRESS && flags !== PRESPECIFIED) return -1;
  const size = flags === TIMES_ONLY ? 4 : 8;
  if (pointer > length) {
    if (flags === PRESPECIFIED) return 0;
    // Full: the overflow count in the upper half of the octet grows; when that is full too, the packet is in error.
    if (bytes[at + 3] >= 0xf0) return -1;
    bytes[at + 3] += 0x10;
    return 1;
  }
  if (pointer - 1 + size > length) return -1;
  const entry = at + pointer - 1;
  if (flags === PRESPECIFIED && readU32(bytes, entry) !== address >>> 0) return 0;
  if (flags === WITH_ADDRESS) writeU32(bytes, entry, address);
  writeU32(bytes, entry + size - 4, time);
  bytes[at + 2] = pointer + size;
  return 1;
}
