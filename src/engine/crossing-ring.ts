import type { Frame } from '../contract/frame.js';
import type { PoolFrame } from './frame.js';

/**
 * A ring of frames between two engines, after Van Jacobson's channels: shared memory, one writer, one reader, no lock.
 * Unlike the rings of applications and taps it carries all of a frame's metadata, and where in the graph it goes on.
 *
 * Header, 32-bit words: 0 bytes written, 16 bytes read (both modulo 2^32), each in a cache line of its own.
 * Records lie one behind the other, eight-byte aligned; one that would cross the end starts anew at the beginning.
 */
const HEADER_BYTES = 128;
const HEAD = 0;
const TAIL = 16;
/** Numbers that may have 32 bits with any sign, or a fraction, come first, as doubles. */
const DOUBLES = { timestamp: 0, mark: 1, hash: 2, nextHop: 3 } as const;
const FIRST_WORD = 8;
const W = {
  size: FIRST_WORD,
  idp: FIRST_WORD + 1,
  port: FIRST_WORD + 2,
  headroom: FIRST_WORD + 3,
  length: FIRST_WORD + 4,
  direction: FIRST_WORD + 5,
  hops: FIRST_WORD + 6,
  link: FIRST_WORD + 7,
  protocol: FIRST_WORD + 8,
  packetType: FIRST_WORD + 9,
  interfaceIndex: FIRST_WORD + 10,
  hardwareType: FIRST_WORD + 11,
  vlanPresent: FIRST_WORD + 12,
  vlanTag: FIRST_WORD + 13,
  vlanProtocol: FIRST_WORD + 14,
  queue: FIRST_WORD + 15,
  cpu: FIRST_WORD + 16,
  segmentSize: FIRST_WORD + 17,
  checksum: FIRST_WORD + 18,
  circuit: FIRST_WORD + 19,
} as const;
const RECORD = 4 * (FIRST_WORD + 20);
/** In place of a size: no record, the next one is at the beginning. */
const SKIP = 0x40000000;
/** Up to this many bytes a loop by words beats `set(subarray)`, and makes no garbage. */
const LOOP_BYTES = 192;

/** Goes to a block's `receive`, not out of one of its ports. */
export const ENTER = -1;

/** Makes the memory of a ring; `bytes`: a power of two from 4096 to 2^29. */
export function createCrossingRing(bytes = 2 << 20): SharedArrayBuffer {
  if (bytes < 4096 || bytes > 1 << 29 || (bytes & (bytes - 1)) !== 0) {
    throw new RangeError(`crossing ring of ${bytes} bytes: use a power of two from 4096 to 2^29`);
  }
  return new SharedArrayBuffer(HEADER_BYTES + bytes);
}

class RingEnd {
  protected readonly marks: Int32Array;
  protected readonly words: Int32Array;
  protected readonly doubles: Float64Array;
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  protected readonly mask: number;

  constructor(memory: SharedArrayBuffer) {
    const capacity = memory.byteLength - HEADER_BYTES;
    this.marks = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.words = new Int32Array(memory, HEADER_BYTES, capacity / 4);
    this.doubles = new Float64Array(memory, HEADER_BYTES, capacity / 8);
    this.bytes = new Uint8Array(memory, HEADER_BYTES, capacity);
    this.view = new DataView(memory, HEADER_BYTES, capacity);
    this.mask = capacity - 1;
  }
}

export class CrossingWriter extends RingEnd {
  private head = 0;
  private tailSeen = 0;
  /** Frames pushed and not yet published. */
  unpublished = 0;

  /** Copies a frame in: at the other end it goes on at `idp`, out of `port` or into the block (`ENTER`). False: full. */
  push(frame: PoolFrame, idp: number, port: number, hops: number): boolean {
    const size = (RECORD + frame.length + 7) & ~7;
    let at = this.head & this.mask;
    const toEnd = this.mask + 1 - at;
    const skip = toEnd < size ? toEnd : 0;
    if (!this.fits(size + skip)) return false;
    if (skip > 0) {
      // Where not even a record's head has room, the reader knows without being told.
      if (skip >= RECORD) this.words[(at >> 2) + W.size] = SKIP;
      at = 0;
    }
    this.describe(at, size, frame, idp, port, hops);
    this.copy(frame, at + RECORD);
    this.head = (this.head + size + skip) | 0;
    this.unpublished++;
    return true;
  }

  /** Lets the reader see what was pushed. */
  publish(): void {
    this.unpublished = 0;
    Atomics.store(this.marks, HEAD, this.head);
  }

  private fits(bytes: number): boolean {
    if (((this.head - this.tailSeen) >>> 0) + bytes <= this.mask + 1) return true;
    this.tailSeen = Atomics.load(this.marks, TAIL);
    return ((this.head - this.tailSeen) >>> 0) + bytes <= this.mask + 1;
  }

  private describe(
    at: number,
    size: number,
    frame: PoolFrame,
    idp: number,
    port: number,
    hops: number,
  ): void {
    const { words, doubles } = this;
    const d = at >> 3;
    doubles[d + DOUBLES.timestamp] = frame.timestamp;
    doubles[d + DOUBLES.mark] = frame.mark;
    doubles[d + DOUBLES.hash] = frame.hash;
    doubles[d + DOUBLES.nextHop] = frame.nextHop;
    const w = at >> 2;
    words[w + W.size] = size;
    words[w + W.idp] = idp;
    words[w + W.port] = port;
    words[w + W.headroom] = frame.start - frame.slotOffset;
    words[w + W.length] = frame.length;
    words[w + W.direction] = frame.direction;
    words[w + W.hops] = hops;
    words[w + W.link] = frame.link;
    words[w + W.protocol] = frame.protocol;
    words[w + W.packetType] = frame.packetType;
    words[w + W.interfaceIndex] = frame.interfaceIndex;
    words[w + W.hardwareType] = frame.hardwareType;
    words[w + W.vlanPresent] = frame.vlanPresent;
    words[w + W.vlanTag] = frame.vlanTag;
    words[w + W.vlanProtocol] = frame.vlanProtocol;
    words[w + W.queue] = frame.queue;
    words[w + W.cpu] = frame.cpu;
    words[w + W.segmentSize] = frame.segmentSize;
    words[w + W.checksum] = frame.checksum;
    words[w + W.circuit] = frame.circuit;
  }

  private copy(frame: Frame, to: number): void {
    const { start, length } = frame;
    if (length > LOOP_BYTES) {
      this.bytes.set(frame.bytes.subarray(start, start + length), to);
      return;
    }
    const { view: source } = frame;
    const words = this.words;
    const first = to >> 2;
    let i = 0;
    for (; i + 4 <= length; i += 4) words[first + (i >> 2)] = source.getInt32(start + i, true);
    for (; i < length; i++) this.bytes[to + i] = source.getUint8(start + i);
  }
}

/** Reads the ring: `next`, then `take` into a frame, and so on; `release` gives the room back. */
export class CrossingReader extends RingEnd {
  private tail = 0;
  private headSeen = 0;
  private at = 0;
  /** Where the current record goes on. */
  idp = 0;
  port = 0;
  length = 0;

  /** Finds the next record and leaves it where it is; false when there is none. */
  next(): boolean {
    if (this.tail === this.headSeen) {
      this.headSeen = Atomics.load(this.marks, HEAD);
      if (this.tail === this.headSeen) return false;
    }
    let at = this.tail & this.mask;
    const toEnd = this.mask + 1 - at;
    if (toEnd < RECORD || this.words[(at >> 2) + W.size] === SKIP) {
      this.tail = (this.tail + toEnd) | 0;
      at = 0;
    }
    this.at = at;
    const w = at >> 2;
    this.idp = this.words[w + W.idp];
    this.port = this.words[w + W.port];
    this.length = this.words[w + W.length];
    return true;
  }

  /** Copies the current record into a fresh frame, and goes behind it. */
  take(frame: PoolFrame): void {
    const { words, doubles, at } = this;
    const d = at >> 3;
    frame.timestamp = doubles[d + DOUBLES.timestamp];
    frame.mark = doubles[d + DOUBLES.mark];
    frame.hash = doubles[d + DOUBLES.hash];
    frame.nextHop = doubles[d + DOUBLES.nextHop];
    const w = at >> 2;
    frame.start = frame.slotOffset + words[w + W.headroom];
    frame.length = this.length;
    frame.direction = words[w + W.direction] === 0 ? 0 : 1;
    frame.hops = words[w + W.hops];
    frame.link = words[w + W.link];
    frame.protocol = words[w + W.protocol];
    frame.packetType = words[w + W.packetType];
    frame.interfaceIndex = words[w + W.interfaceIndex];
    frame.hardwareType = words[w + W.hardwareType];
    frame.vlanPresent = words[w + W.vlanPresent];
    frame.vlanTag = words[w + W.vlanTag];
    frame.vlanProtocol = words[w + W.vlanProtocol];
    frame.queue = words[w + W.queue];
    frame.cpu = words[w + W.cpu];
    frame.segmentSize = words[w + W.segmentSize];
    frame.checksum = words[w + W.checksum];
    frame.circuit = words[w + W.circuit];
    frame.nextIdp = this.idp;
    this.copy(frame);
    this.skip();
  }

  /** Goes behind the current record without taking it. */
  skip(): void {
    this.tail = (this.tail + this.words[(this.at >> 2) + W.size]) | 0;
  }

  /** Gives the room of everything gone by back to the writer. */
  release(): void {
    Atomics.store(this.marks, TAIL, this.tail);
  }

  private copy(frame: Frame): void {
    const from = this.at + RECORD;
    const { start, length } = frame;
    if (length > LOOP_BYTES) {
      frame.bytes.set(this.bytes.subarray(from, from + length), start);
      return;
    }
    const { view: target } = frame;
    const words = this.words;
    const first = from >> 2;
    let i = 0;
    for (; i + 4 <= length; i += 4) target.setInt32(start + i, words[first + (i >> 2)], true);
    for (; i < length; i++) target.setUint8(start + i, this.bytes[from + i]);
  }
}
