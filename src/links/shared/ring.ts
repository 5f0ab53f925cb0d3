import type { Frame } from '../../contract/frame.js';

/**
 * A ring of frames in shared memory between two threads: one writes, one reads, neither waits for a
 * lock. Records lie one behind the other, eight-byte aligned; a record that would cross the end starts anew at
 * the beginning.
 *
 * Header, 32-bit words: 0 bytes written, 1 bytes read (both modulo 2^32), 2 frames written, 3 frames
 * read, 4 reader sleeps, 5 closed, 6 frames that found no room, 7 most frames at a time.
 * Record: u32 size, u32 length, u32 original length, u16 note length, u16 flags, f64 timestamp (µs), u16 protocol,
 * u16 packet type, i32 interface index, then the frame, then the note (ASCII).
 */
const HEADER_BYTES = 64;
const RECORD = 32;
const W = { head: 0, tail: 1, written: 2, read: 3, sleeping: 4, closed: 5, overflow: 6, limit: 7 } as const;
const SKIP = 0x80000000;
const MAX_NOTE = 200;
const MOST_FRAMES = 0x7fffffff;
/** Up to this many bytes a loop by words beats `set(subarray)`, and makes no garbage. */
const LOOP_BYTES = 192;

export const RingFlag = { egress: 1, truncated: 2 } as const;

export interface RingOptions {
  /** Bytes for records: a power of two, default 4 MiB. */
  readonly bytes?: number;
  /** Most frames at a time, the socket's queue limit; default: as many as fit. */
  readonly frames?: number;
}

/** Makes the memory of a ring. */
export function createRing(options: RingOptions = {}): SharedArrayBuffer {
  const bytes = options.bytes ?? 4 << 20;
  if (bytes < 4096 || bytes > 1 << 30 || (bytes & (bytes - 1)) !== 0) {
    throw new RangeError(`ring of ${bytes} bytes: use a power of two from 4096 to 2^30`);
  }
  const frames = options.frames ?? MOST_FRAMES;
  if (!(frames >= 1)) throw new RangeError(`ring of ${frames} frames: use 1 or more`);
  const memory = new SharedArrayBuffer(HEADER_BYTES + bytes);
  new Int32Array(memory, 0, 8)[W.limit] = Math.min(frames, MOST_FRAMES);
  return memory;
}

/** Says that nobody will write to a ring any more. True the first time. */
export function closeRing(memory: ArrayBufferLike): boolean {
  return Atomics.exchange(new Int32Array(memory, 0, 8), W.closed, 1) === 0;
}

/** What both ends know. */
class RingEnd {
  protected readonly words: Int32Array;
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  protected readonly mask: number;

  constructor(memory: SharedArrayBuffer) {
    const capacity = memory.byteLength - HEADER_BYTES;
    this.words = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.bytes = new Uint8Array(memory, HEADER_BYTES, capacity);
    this.view = new DataView(memory, HEADER_BYTES, capacity);
    this.mask = capacity - 1;
  }

  /** Frames written and not yet read. */
  get waiting(): number {
    return (Atomics.load(this.words, W.written) - Atomics.load(this.words, W.read)) | 0;
  }

  /** Frames that found no room, in all. */
  get overflow(): number {
    return Atomics.load(this.words, W.overflow) >>> 0;
  }

  get closed(): boolean {
    return Atomics.load(this.words, W.closed) === 1;
  }

  /** True the first time. */
  close(): boolean {
    return closeRing(this.words.buffer);
  }
}

export class RingWriter extends RingEnd {
  /** Longest frame without a note that finds room whenever the ring is empty, wherever it has got to. */
  get longest(): number {
    return (this.mask + 1) / 2 - RECORD;
  }

  private head = 0;
  private written = 0;
  private tailSeen = 0;
  private readSeen = 0;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.head = Atomics.load(this.words, W.head) >>> 0;
    this.written = Atomics.load(this.words, W.written);
    this.tailSeen = Atomics.load(this.words, W.tail) >>> 0;
    this.readSeen = Atomics.load(this.words, W.read);
  }

  /** Copies a frame in; false when there is no room. Nobody sees it before `publish`. `timestamp` in microseconds. */
  push(frame: Frame, note = '', timestamp = frame.timestamp): boolean {
    const flags = (frame.direction === 1 ? RingFlag.egress : 0) | 0;
    const at = this.reserve(frame.length, note.length, flags);
    if (at < 0) return false;
    const view = this.view;
    view.setUint32(at + 8, frame.length, true);
    view.setFloat64(at + 16, timestamp, true);
    view.setUint16(at + 24, frame.protocol, true);
    view.setUint16(at + 26, frame.packetType, true);
    view.setInt32(at + 28, frame.interfaceIndex, true);
    this.copy(frame, at + RECORD);
    if (note !== '') this.putNote(note, at + RECORD + frame.length);
    return true;
  }

  /** Copies bytes in, without metadata. */
  pushBytes(source: Uint8Array, timestamp: number): boolean {
    const at = this.reserve(source.length, 0, 0);
    if (at < 0) return false;
    this.view.setUint32(at + 8, source.length, true);
    this.view.setFloat64(at + 16, timestamp, true);
    this.view.setUint32(at + 24, 0, true);
    this.view.setInt32(at + 28, 0, true);
    this.bytes.set(source, at + RECORD);
    return true;
  }

  /** Lets the reader see what was pushed. Answers true when it sleeps and must be woken: say so only once. */
  publish(): boolean {
    Atomics.store(this.words, W.written, this.written);
    Atomics.store(this.words, W.head, this.head | 0);
    return Atomics.exchange(this.words, W.sleeping, 0) === 1;
  }

  private reserve(length: number, noteLength: number, flags: number): number {
    const note = noteLength > MAX_NOTE ? MAX_NOTE : noteLength;
    const size = (RECORD + length + note + 7) & ~7;
    let at = this.head & this.mask;
    const toEnd = this.mask + 1 - at;
    const skip = toEnd < size ? toEnd : 0;
    if (!this.roomFor(size + skip)) {
      Atomics.add(this.words, W.overflow, 1);
      return -1;
    }
    if (skip > 0) {
      this.view.setUint32(at, (SKIP | skip) >>> 0, true);
      at = 0;
    }
    this.view.setUint32(at, size, true);
    this.view.setUint32(at + 4, length, true);
    this.view.setUint16(at + 12, note, true);
    this.view.setUint16(at + 14, flags, true);
    this.head = (this.head + size + skip) >>> 0;
    this.written = (this.written + 1) | 0;
    return at;
  }

  private roomFor(bytes: number): boolean {
    if (this.fits(bytes)) return true;
    this.tailSeen = Atomics.load(this.words, W.tail) >>> 0;
    this.readSeen = Atomics.load(this.words, W.read);
    return this.fits(bytes);
  }

  private fits(bytes: number): boolean {
    const used = (this.head - this.tailSeen) >>> 0;
    return used + bytes <= this.mask + 1 && ((this.written - this.readSeen) | 0) < this.words[W.limit];
  }

  private copy(frame: Frame, to: number): void {
    const { start, length } = frame;
    if (length > LOOP_BYTES) {
      this.bytes.set(frame.bytes.subarray(start, start + length), to);
      return;
    }
    const source = frame.view;
    const target = this.view;
    let i = 0;
    for (; i + 4 <= length; i += 4) target.setInt32(to + i, source.getInt32(start + i, true), true);
    for (; i < length; i++) target.setUint8(to + i, source.getUint8(start + i));
  }

  private putNote(note: string, at: number): void {
    const n = Math.min(note.length, MAX_NOTE);
    for (let i = 0; i < n; i++) this.bytes[at + i] = note.charCodeAt(i) & 0x7f;
  }
}

/** A record that lies in the ring. Valid until `release`. */
export class RingReader extends RingEnd {
  private tail = 0;
  private headSeen = 0;
  private count = 0;
  /** The current record. */
  length = 0;
  originalLength = 0;
  flags = 0;
  timestamp = 0;
  protocol = 0;
  packetType = 0;
  interfaceIndex = 0;
  /** Where the frame's bytes are in `memory`. */
  offset = 0;
  private noteLength = 0;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.tail = Atomics.load(this.words, W.tail) >>> 0;
    this.headSeen = this.tail;
    this.count = Atomics.load(this.words, W.read);
  }

  get memory(): Uint8Array {
    return this.bytes;
  }

  /** Goes to the next record; false when there is none. */
  next(): boolean {
    if (this.tail === this.headSeen) {
      this.headSeen = Atomics.load(this.words, W.head) >>> 0;
      if (this.tail === this.headSeen) return false;
    }
    let at = this.tail & this.mask;
    let size = this.view.getUint32(at, true);
    if (size >= SKIP) {
      this.tail = (this.tail + (size & ~SKIP)) >>> 0;
      at = 0;
      size = this.view.getUint32(0, true);
    }
    const view = this.view;
    this.length = view.getUint32(at + 4, true);
    this.originalLength = view.getUint32(at + 8, true);
    this.noteLength = view.getUint16(at + 12, true);
    this.flags = view.getUint16(at + 14, true);
    this.timestamp = view.getFloat64(at + 16, true);
    this.protocol = view.getUint16(at + 24, true);
    this.packetType = view.getUint16(at + 26, true);
    this.interfaceIndex = view.getInt32(at + 28, true);
    this.offset = at + RECORD;
    this.tail = (this.tail + size) >>> 0;
    this.count = (this.count + 1) | 0;
    return true;
  }

  get note(): string {
    const from = this.offset + this.length;
    return this.noteLength === 0
      ? ''
      : Buffer.from(this.bytes.slice(from, from + this.noteLength)).toString('latin1');
  }

  /** Gives the room of everything read back to the writer. */
  release(): void {
    Atomics.store(this.words, W.read, this.count);
    Atomics.store(this.words, W.tail, this.tail | 0);
  }

  /** Says that it will sleep; false when frames have come meanwhile and it must not. */
  sleep(): boolean {
    if (this.lieDown()) return true;
    this.getUp();
    return false;
  }

  /** Says that it sleeps. False when frames have come meanwhile: it has to `getUp`, nobody need wake it. */
  lieDown(): boolean {
    Atomics.store(this.words, W.sleeping, 1);
    return this.tail === Atomics.load(this.words, W.head) >>> 0;
  }

  /** Says that it is awake. True when the writer has seen it asleep, and wakes it, or has. */
  getUp(): boolean {
    return Atomics.exchange(this.words, W.sleeping, 0) === 0;
  }
}
