/** Frame sizes of Ethernet (RFC 2544 §9.1), bytes, the frame check sequence counted. */
export const STANDARD_SIZES: readonly number[] = [64, 128, 256, 512, 1024, 1280, 1518];

/** The frame check sequence, which the sending device adds and the receiving one takes away. */
export const FCS = 4;
/** Preamble with start delimiter (8) and the shortest gap between two frames (12), in bytes. */
const AROUND_A_FRAME = 20;

export const SMALLEST_SIZE = 64;
export const LARGEST_SIZE = 9018;

/** Bytes that the kernel is given for a frame of a size: all but the check sequence. */
export function bytesOfSize(size: number): number {
  return size - FCS;
}

/** Bits that a frame of a size takes on an Ethernet wire, preamble and gap counted. */
export function wireBits(size: number): number {
  return (size + AROUND_A_FRAME) * 8;
}

/** Most frames of a size that fit on a wire in a second, whole ones, as in RFC 2544 appendix B. */
export function lineRate(size: number, bitsPerSecond: number): number {
  return Math.floor(bitsPerSecond / wireBits(size));
}
