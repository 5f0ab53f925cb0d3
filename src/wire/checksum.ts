import { writeU16 } from './bytes.js';

/** Folds a sum of 16-bit words into one with end-around carry (RFC 1071 §2). Sums up to 2^53 are exact. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/**
 * Ones' complement sum, folded to 16 bits, of `length` bytes taken as big-endian words; an odd last byte is
 * padded with zero. `initial` is a sum to go on from, of a part with an even length. The range must lie within.
 */
export function sumWords(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  // High and low bytes are added apart: no shift per word, and no carry out of 32 bits below 16 MiB.
  let high = 0;
  let low = 0;
  let at = offset;
  const end = offset + length;
  const unrolled = end - 15;
  while (at < unrolled) {
    high += bytes[at] + bytes[at + 2] + bytes[at + 4] + bytes[at + 6];
    low += bytes[at + 1] + bytes[at + 3] + bytes[at + 5] + bytes[at + 7];
    high += bytes[at + 8] + bytes[at + 10] + bytes[at + 12] + bytes[at + 14];
    low += bytes[at + 9] + bytes[at + 11] + bytes[at + 13] + bytes[at + 15];
    at += 16;
  }
  const pairs = end - 1;
  while (at < pairs) {
    high += bytes[at];
    low += bytes[at + 1];
    at += 2;
  }
  if (at < end) high += bytes[at];
  return foldSum(initial + high * 256 + low);
}

/** The Internet checksum (RFC 1071): complement of `sumWords`. Over data that holds a right checksum it is 0. */
export function internetChecksum(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  return ~sumWords(bytes, offset, length, initial) & 0xffff;
}

/** The checksum after one 16-bit word of the data has changed (RFC 1624 §3, equation 3). */
export function updateChecksum(checksum: number, oldWord: number, newWord: number): number {
  return ~foldSum((~checksum & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff)) & 0xffff;
}

/** The same for a 32-bit word at an even place. */
export function updateChecksum32(checksum: number, oldWord: number, newWord: number): number {
  const high = updateChecksum(checksum, oldWord >>> 16, newWord >>> 16);
  return updateChecksum(high, oldWord & 0xffff, newWord & 0xffff);
}

/**
 * Finishes a partial checksum (VIRTIO 1.2 §5.1.6.2, NEEDS_CSUM): the field at csumStart + csumOffset holds the sum of
 * the pseudo-header; the checksum runs from csumStart to the frame's end. Offsets count from the frame's first
 * byte. As in Linux (`skb_checksum_help`), a result of 0 is stored as 0xffff for every protocol: the two are
 * equal in ones' complement, and in UDP 0 would mean "none".
 * False, with nothing changed, when the field does not lie within the frame.
 */
export function completePartial(
  bytes: Uint8Array,
  frameStart: number,
  frameLength: number,
  csumStart: number,
  csumOffset: number,
): boolean {
  if (csumStart < 0 || csumOffset < 0 || csumStart + csumOffset + 2 > frameLength) return false;
  if (frameStart < 0 || frameStart + frameLength > bytes.length) return false;
  const start = frameStart + csumStart;
  const checksum = internetChecksum(bytes, start, frameLength - csumStart);
  writeU16(bytes, start + csumOffset, checksum === 0 ? 0xffff : checksum);
  return true;
}
