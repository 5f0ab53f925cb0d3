import { readU16, writeU16 } from './bytes.js';
import { internetChecksum } from './checksum.js';
import { areRecords, floatingCode } from './group-record.js';

/** Internet group management (RFC 3376; RFC 2236 and RFC 1112 before it): its number among protocols, and its types. */
export const PROTOCOL_IGMP = 2;
export const IGMP_QUERY = 0x11;
export const IGMP_REPORT1 = 0x12;
export const IGMP_REPORT2 = 0x16;
export const IGMP_LEAVE = 0x17;
export const IGMP_REPORT3 = 0x22;

/** Where a query, a leave and the old reports name their group; and the length of what has nothing behind it. */
export const IGMP_GROUP = 4;
export const IGMP_MESSAGE = 8;
/** Where the records of a report of version 3 begin. */
export const IGMP_RECORDS = 8;
const QUERY3 = 12;
const TENTH = 100_000;
/** What a query of version 1, which does not say, means (RFC 3376 §8.3). */
const OLDEST_DELAY = 10_000_000;

/** True when a message of one of the types is whole, its checksum not looked at. */
export function isIgmp(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < IGMP_MESSAGE) return false;
  const type = bytes[offset];
  if (type === IGMP_REPORT3) {
    const count = readU16(bytes, offset + 6);
    return areRecords(bytes, offset + IGMP_RECORDS, offset + length, count, 4);
  }
  if (type !== IGMP_QUERY) return type === IGMP_REPORT1 || type === IGMP_REPORT2 || type === IGMP_LEAVE;
  // Between the lengths of version 2 and version 3 there is nothing (RFC 3376 §7.1).
  if (length === IGMP_MESSAGE) return true;
  return length >= QUERY3 && QUERY3 + 4 * readU16(bytes, offset + 10) <= length;
}

export function isIgmpChecksumRight(bytes: Uint8Array, offset: number, length: number): boolean {
  return internetChecksum(bytes, offset, length) === 0;
}

/** Version of a query: 1, 2 or 3 (RFC 3376 §7.1). */
export function igmpQueryVersion(bytes: Uint8Array, offset: number, length: number): number {
  if (length > IGMP_MESSAGE) return 3;
  return bytes[offset + 1] === 0 ? 1 : 2;
}

/** Longest that an answer to a query may wait, microseconds. */
export function igmpMaxDelay(bytes: Uint8Array, offset: number, length: number): number {
  const version = igmpQueryVersion(bytes, offset, length);
  if (version === 1) return OLDEST_DELAY;
  const code = bytes[offset + 1] & 0xff;
  return (version === 2 ? code : floatingCode(code, 4)) * TENTH;
}

/** Writes a report or a leave of version 1 or 2, checksum included. */
export function emitIgmp(bytes: Uint8Array, offset: number, type: number, group: Uint8Array): void {
  bytes.fill(0, offset, offset + IGMP_MESSAGE);
  bytes[offset] = type;
  for (let i = 0; i < 4; i++) bytes[offset + IGMP_GROUP + i] = group[i];
  writeU16(bytes, offset + 2, internetChecksum(bytes, offset, IGMP_MESSAGE));
}

/** Writes the beginning of a report of version 3 in front of `count` records, of `length` bytes in all; checksum included. */
export function emitIgmpReport3(bytes: Uint8Array, offset: number, count: number, length: number): void {
  bytes.fill(0, offset, offset + IGMP_RECORDS);
  bytes[offset] = IGMP_REPORT3;
  writeU16(bytes, offset + 6, count);
  writeU16(bytes, offset + 2, internetChecksum(bytes, offset, IGMP_RECORDS + length));
}
