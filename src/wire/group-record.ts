import { readU16, writeU16 } from './bytes.js';

/** Kinds of records of a report (RFC 3376 §4.2.12, RFC 3810 §5.2.12): what a host is, or what it changes to. */
export const RecordType = {
  isInclude: 1,
  isExclude: 2,
  toInclude: 3,
  toExclude: 4,
  allow: 5,
  block: 6,
} as const;

/** Bytes of a record in front of its group's address. */
const RECORD_HEADER = 4;

/** Length of a record without sources, for addresses of so many bytes. */
export function recordLength(addressLength: number): number {
  return RECORD_HEADER + addressLength;
}

/** Writes a record without sources. */
export function emitRecord(bytes: Uint8Array, offset: number, type: number, group: Uint8Array): void {
  bytes[offset] = type;
  bytes[offset + 1] = 0;
  writeU16(bytes, offset + 2, 0);
  for (let i = 0; i < group.length; i++) bytes[offset + RECORD_HEADER + i] = group[i];
}

/**
 * True when `count` records for addresses of `addressLength` bytes begin at `from` and end within `end`. Types that are not
 * known are let pass, as they must.
 */
export function areRecords(
  bytes: Uint8Array,
  from: number,
  end: number,
  count: number,
  addressLength: number,
): boolean {
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + RECORD_HEADER + addressLength > end) return false;
    at = recordEnd(bytes, at, addressLength);
    if (at > end) return false;
  }
  return true;
}

/** Where the record behind this one begins. */
export function recordEnd(bytes: Uint8Array, at: number, addressLength: number): number {
  const sources = readU16(bytes, at + 2);
  return at + RECORD_HEADER + (1 + sources) * addressLength + ((bytes[at + 1] & 0xff) << 2);
}

/**
 * A time written as a floating-point number of one exponent of three bits and a mantissa, when its top bit is set (RFC 3376
 * §4.1.1, RFC 3810 §5.1.3): `bits` is the mantissa's width, 4 or 12.
 */
export function floatingCode(code: number, bits: 4 | 12): number {
  const top = 1 << (bits + 3);
  if (code < top) return code;
  const mantissa = (code & ((1 << bits) - 1)) | (1 << bits);
  return mantissa << (((code >>> bits) & 7) + 3);
}
