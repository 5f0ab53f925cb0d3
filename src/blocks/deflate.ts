import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * The four bytes in front of a payload that went through `compress`:
 *
 *     0    0x9C, which no IPv4 or IPv6 packet begins with
 *     1    STORED or DEFLATED
 *     2–3  the payload's length before, in network order
 */
export const DEFLATE_HEADER = 4;
export const DEFLATE_MAGIC = 0x9c;
export const STORED = 0;
export const DEFLATED = 1;
export const LONGEST_PAYLOAD = 0xffff;

/** RFC 1951 data without any wrapping. Allocates. */
export function deflate(bytes: Uint8Array, level: number): Uint8Array {
  return deflateRawSync(bytes, { level });
}

/** The `length` bytes that were deflated; null when the data is damaged or gives any other number of bytes. Allocates. */
export function inflate(bytes: Uint8Array, length: number): Uint8Array | null {
  try {
    // zlib stops there: a few bytes that would become gigabytes cost no more than what was announced.
    const result = inflateRawSync(bytes, { maxOutputLength: Math.max(1, length) });
    return result.length === length ? result : null;
  } catch {
    return null;
  }
}
