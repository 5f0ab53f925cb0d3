import type { Frame } from '../../contract/frame.js';
import { finish, mix } from '../flow-key.js';

/** Most datagrams that one table can have at a time. */
export const MOST_DATAGRAMS = 1024;
const BUCKETS = 1024;
const NONE = -1;

/** What became of the bytes of a fragment at their place in the datagram. */
export const Range = { empty: 0, full: 1, mixed: 2 } as const;

/**
 * The datagrams of which some fragments have come, oldest first. Which eight-byte units of a datagram are there is kept
 * in a bitmap. A datagram is named by its index. One that was given up stays, without a frame, until its time
 * is over, so that fragments which come late do not begin it anew (RFC 5722 §3). Everything is allocated at birth.
 */
export class DatagramTable {
  /** Frame in which it is put together; null: given up. */
  readonly frames: (Frame | null)[] = new Array<Frame | null>(MOST_DATAGRAMS).fill(null);
  /** Drop reason for what still comes of a datagram that was given up. */
  readonly fate = new Int8Array(MOST_DATAGRAMS);
  readonly expires = new Float64Array(MOST_DATAGRAMS);
  /** Bytes of data, known once the last fragment has come; else -1. */
  readonly total = new Int32Array(MOST_DATAGRAMS);
  /** End of the data that has come so far. */
  readonly end = new Int32Array(MOST_DATAGRAMS);
  /** Units that have come. */
  readonly units = new Int32Array(MOST_DATAGRAMS);
  /** Length of the first fragment's header; 0 as long as that has not come. */
  readonly header = new Uint8Array(MOST_DATAGRAMS);
  /** The fragments' ECN fields, one bit for each of the four values. */
  readonly ecn = new Uint8Array(MOST_DATAGRAMS);
  /** Bytes of link header in all of its frames. */
  offset = 0;
  count = 0;
  /** Datagrams that have a frame. */
  held = 0;
  oldest = NONE;

  private readonly source = new Int32Array(MOST_DATAGRAMS);
  private readonly destination = new Int32Array(MOST_DATAGRAMS);
  private readonly label = new Int32Array(MOST_DATAGRAMS);
  private readonly bits: Uint32Array;
  private readonly wordsEach: number;
  private readonly seed: number;
  private readonly heads = new Int16Array(BUCKETS).fill(NONE);
  /** The next one in the bucket; of a free one, the next free one. */
  private readonly next = new Int16Array(MOST_DATAGRAMS);
  private readonly older = new Int16Array(MOST_DATAGRAMS);
  private readonly newer = new Int16Array(MOST_DATAGRAMS);
  private newest = NONE;
  private free = 0;

  /** @param longest bytes of data of the longest datagram @param seed makes buckets unforeseeable */
  constructor(longest: number, seed: number) {
    this.wordsEach = Math.ceil(longest / 256) + 1;
    this.bits = new Uint32Array(MOST_DATAGRAMS * this.wordsEach);
    this.seed = seed;
    for (let i = 0; i < MOST_DATAGRAMS; i++) this.next[i] = i + 1 < MOST_DATAGRAMS ? i + 1 : NONE;
  }

  /** Index of a datagram (RFC 791 §3.2: addresses, protocol, identification), or -1. */
  find(source: number, destination: number, label: number): number {
    for (let i = this.heads[this.bucket(source, destination, label)]; i !== NONE; i = this.next[i]) {
      if (
        this.label[i] === (label | 0) &&
        this.source[i] === (source | 0) &&
        this.destination[i] === (destination | 0)
      ) {
        return i;
      }
    }
    return NONE;
  }

  /** Begins a datagram and answers its index. There must be a free one. */
  begin(source: number, destination: number, label: number, frame: Frame, expires: number): number {
    const index = this.free;
    this.free = this.next[index];
    const bucket = this.bucket(source, destination, label);
    this.source[index] = source;
    this.destination[index] = destination;
    this.label[index] = label;
    this.next[index] = this.heads[bucket];
    this.heads[bucket] = index;
    this.older[index] = this.newest;
    this.newer[index] = NONE;
    if (this.newest === NONE) this.oldest = index;
    else this.newer[this.newest] = index;
    this.newest = index;
    this.frames[index] = frame;
    this.expires[index] = expires;
    this.total[index] = -1;
    this.end[index] = 0;
    this.units[index] = 0;
    this.header[index] = 0;
    this.ecn[index] = 0;
    this.bits.fill(0, index * this.wordsEach, (index + 1) * this.wordsEach);
    this.count++;
    this.held++;
    return index;
  }

  /** Gives a datagram up, for this reason, and answers its frame. */
  giveUp(index: number, reason: number): Frame {
    const frame = this.frames[index] as Frame;
    this.frames[index] = null;
    this.fate[index] = reason;
    this.held--;
    return frame;
  }

  /** Forgets a datagram and answers its frame, if it has one still. */
  remove(index: number): Frame | null {
    const bucket = this.bucket(this.source[index], this.destination[index], this.label[index]);
    if (this.heads[bucket] === index) {
      this.heads[bucket] = this.next[index];
    } else {
      let before = this.heads[bucket];
      while (this.next[before] !== index) before = this.next[before];
      this.next[before] = this.next[index];
    }
    const older = this.older[index];
    const newer = this.newer[index];
    if (older === NONE) this.oldest = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest = older;
    else this.older[newer] = older;
    this.next[index] = this.free;
    this.free = index;
    this.count--;
    const frame = this.frames[index];
    this.frames[index] = null;
    if (frame !== null) this.held--;
    return frame;
  }

  /** One of `Range`: whether none, all or some of these units have come. */
  look(index: number, from: number, to: number): number {
    const base = index * this.wordsEach;
    let there = 0;
    for (let unit = from; unit < to; unit++) there += (this.bits[base + (unit >>> 5)] >>> (unit & 31)) & 1;
    if (there === 0) return Range.empty;
    return there === to - from ? Range.full : Range.mixed;
  }

  mark(index: number, from: number, to: number): void {
    const base = index * this.wordsEach;
    for (let unit = from; unit < to; unit++) this.bits[base + (unit >>> 5)] |= 1 << (unit & 31);
    this.units[index] += to - from;
  }

  private bucket(source: number, destination: number, label: number): number {
    return finish(mix(mix(mix(this.seed, source), destination), label)) & (BUCKETS - 1);
  }
}
