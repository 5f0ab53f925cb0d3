import type { Frame } from '../../contract/frame.js';
import { copyBytes } from '../../wire/bytes.js';

/** Room in front of a datagram's data for its headers: the longest of IPv4, or IPv6's with a few extension headers. */
export const HEADER_ROOM = 256;
/** Holes that a datagram may have at a time: beyond, somebody plays with us. */
const MOST_RANGES = 128;

/** What became of a fragment. */
export const Placed = {
  /** More is missing. */
  waiting: 0,
  complete: 1,
  /** Its bytes were here already, and the same. */
  duplicate: 2,
  /** It contradicts what came before: the datagram is lost (RFC 5722). */
  overlap: 3,
  /** It has too many holes. */
  scattered: 4,
} as const;

/** A datagram of which some fragments have come. Their data lie in a frame, each in its place. */
export class Datagram {
  readonly key: string;
  readonly source: string;
  /** When it is given up. */
  readonly until: number;
  /** Holds the data from `dataAt` on; null: it is lost, and what else comes of it is dropped. */
  frame: Frame | null;
  /** Bytes of headers, in front of `dataAt`; 0: the first fragment has not come. */
  headers = 0;
  /** A bit for each codepoint of ECN that fragments have carried. */
  ecnSeen = 0;
  /** Bytes of data in all; -1: the last fragment has not come. */
  total = -1;
  /** Bounds of the ranges that have come, in order: from, to, from, to. Ranges that touch are one. */
  private readonly ranges: number[] = [];

  constructor(key: string, source: string, until: number, frame: Frame) {
    this.key = key;
    this.source = source;
    this.until = until;
    this.frame = frame;
  }

  /** Place of the data in the frame's memory. */
  get dataAt(): number {
    return this.frame === null ? 0 : this.frame.start + HEADER_ROOM;
  }

  /** Bytes that have come without a gap from the first on. */
  get beginning(): number {
    return this.ranges.length > 0 && this.ranges[0] === 0 ? this.ranges[1] : 0;
  }

  /** Takes in `length` bytes that belong at `from`, at least one. */
  place(bytes: Uint8Array, at: number, from: number, length: number, isLast: boolean): number {
    const { frame, ranges } = this;
    if (frame === null) return Placed.overlap;
    const to = from + length;
    if (isLast && this.total >= 0 && this.total !== to) return Placed.overlap;
    if (this.total >= 0 && to > this.total) return Placed.overlap;
    let index = 0;
    while (index < ranges.length && ranges[index + 1] <= from) index += 2;
    // The first range that ends behind this one's beginning.
    if (index < ranges.length && ranges[index] < to) {
      const same = ranges[index] <= from && to <= ranges[index + 1] && this.holds(bytes, at, from, length);
      return same && (!isLast || this.total === to) ? Placed.duplicate : Placed.overlap;
    }
    if (isLast && index < ranges.length) return Placed.overlap;
    const touchesBefore = index > 0 && ranges[index - 1] === from;
    const touchesAfter = index < ranges.length && ranges[index] === to;
    if (touchesBefore && touchesAfter) ranges.splice(index - 1, 2);
    else if (touchesBefore) ranges[index - 1] = to;
    else if (touchesAfter) ranges[index] = from;
    else if (ranges.length >= 2 * MOST_RANGES) return Placed.scattered;
    else ranges.splice(index, 0, from, to);
    if (isLast) this.total = to;
    copyBytes(bytes, at, length, frame.bytes, this.dataAt + from);
    frame.length = Math.max(frame.length, HEADER_ROOM + to);
    const whole = ranges.length === 2 && ranges[0] === 0 && ranges[1] === this.total;
    return whole && this.headers > 0 ? Placed.complete : Placed.waiting;
  }

  private holds(bytes: Uint8Array, at: number, from: number, length: number): boolean {
    const { frame, dataAt } = this;
    if (frame === null) return false;
    for (let i = 0; i < length; i++) if (frame.bytes[dataAt + from + i] !== bytes[at + i]) return false;
    return true;
  }
}
