import { readU16, writeU16 } from './bytes.js';
import { areRecords, floatingCode } from './group-record.js';

/** Multicast listener discovery (RFC 3810; RFC 2710 before it): types of ICMPv6. */
export const MLD_QUERY = 130;
export const MLD_REPORT1 = 131;
export const MLD_DONE = 132;
export const MLD_REPORT2 = 143;

/** Where a query, a done and the old report name their group; and the length of what has nothing behind it. */
export const MLD_GROUP = 8;
export const MLD_MESSAGE = 24;
/** Where the records of a report of version 2 begin. */
export const MLD_RECORDS = 8;
const QUERY2 = 28;
const MILLI = 1000;

export function isMldType(type: number): boolean {
  return (type >= MLD_QUERY && type <= MLD_DONE) || type === MLD_REPORT2;
}

/** True when a message of one of the types is whole, its checksum not looked at. */
export function isMld(bytes: Uint8Array, offset: number, length: number): boolean {
  const type = bytes[offset];
  if (length >= MLD_RECORDS && type === MLD_REPORT2) {
    const count = readU16(bytes, offset + 6);
    return areRecords(bytes, offset + MLD_RECORDS, offset + length, count, 16);
  }
  if (length < MLD_MESSAGE || !isMldType(type) || type === MLD_REPORT2) return false;
  // Between the lengths of the versions there is nothing (RFC 3810 §8.1).
  if (type !== MLD_QUERY || length === MLD_MESSAGE) return true;
  return length >= QUERY2 && QUERY2 + 16 * readU16(bytes, offset + 26) <= length;
}

/** Version of a query: 1 or 2 (RFC 3810 §8.1). */
export function mldQueryVersion(length: number): number {
  return length === MLD_MESSAGE ? 1 : 2;
}

/** Longest that an answer to a query may wait, microseconds. */
export function mldMaxDelay(bytes: Uint8Array, offset: number, length: number): number {
  const code = readU16(bytes, offset + 4);
  return (mldQueryVersion(length) === 1 ? code : floatingCode(code, 12)) * MILLI;
}

/** Writes a report of version 1 or a done, checksum 0. */
export function emitMld(bytes: Uint8Array, offset: number, type: number, group: Uint8Array): void {
  bytes.fill(0, offset, offset + MLD_MESSAGE);
  bytes[offset] = type;
  for (let i = 0; i < 16; i++) bytes[offset + MLD_GROUP + i] = group[i];
}

/** Writes the beginning of a report of version 2 in front of `count` records, checksum 0. */
export function emitMldReport2(bytes: Uint8Array, offset: number, count: number): void {
  bytes.fill(0, offset, offset + MLD_RECORDS);
  bytes[offset] = MLD_REPORT2;
  writeU16(bytes, offset + 6, count);
}
