import { type Arena, highWord, type Region } from './arena.js';

/** What each message of a batch has room for. */
export interface MessageShape {
  /** Pieces of memory that one message is gathered from or scattered to. */
  readonly vectors: number;
  /** Bytes for the peer's address; 0 when it is not asked for. */
  readonly name: number;
  /** Bytes for control messages; 0 when none is asked for. */
  readonly control: number;
}

// Word offsets in struct mmsghdr (64 bytes on 64-bit Linux): msghdr, then msg_len.
const HEADER_WORDS = 16;
const NAME = 0;
const NAME_LENGTH = 2;
const VECTORS = 4;
const VECTOR_COUNT = 6;
const CONTROL = 8;
const CONTROL_LENGTH = 10;
const FLAGS = 12;
const TRANSFERRED = 14;
/** struct iovec: address, length. */
const VECTOR_WORDS = 4;

/** `msg_flags`: the message was longer than its vectors. */
export const MSG_TRUNC = 0x20;

/**
 * The arrays that recvmmsg(2) and sendmmsg(2) take, laid out once: for each message its header, its
 * vectors, and room for the address and the control messages. Nothing is allocated afterwards.
 * Little-endian 64-bit hosts only, as all of `src/linux`.
 */
export class MessageBatch {
  readonly count: number;
  /** Kept here because the headers and vectors hold addresses that the garbage collector does not see. */
  readonly arena: Arena;
  private readonly headers: Region;
  private readonly vectors: Region;
  private readonly names: Region;
  private readonly controls: Region;
  private readonly shape: MessageShape;
  private readonly nameWords: number;
  private readonly controlWords: number;

  constructor(arena: Arena, count: number, shape: MessageShape) {
    this.count = count;
    this.arena = arena;
    this.shape = shape;
    this.nameWords = ((shape.name + 7) >> 3) << 1;
    this.controlWords = ((shape.control + 7) >> 3) << 1;
    this.headers = arena.allocate(count * HEADER_WORDS * 4);
    this.vectors = arena.allocate(count * shape.vectors * VECTOR_WORDS * 4);
    this.names = arena.allocate(count * this.nameWords * 4);
    this.controls = arena.allocate(count * this.controlWords * 4);
    for (let i = 0; i < count; i++) this.layOut(i);
  }

  private layOut(i: number): void {
    const base = i * HEADER_WORDS;
    this.putAddress(base + VECTORS, this.vectors.address + i * this.shape.vectors * VECTOR_WORDS * 4);
    this.headers.words[base + VECTOR_COUNT] = this.shape.vectors;
    if (this.shape.name > 0) this.putAddress(base + NAME, this.names.address + i * this.nameWords * 4);
    if (this.shape.control > 0) {
      this.putAddress(base + CONTROL, this.controls.address + i * this.controlWords * 4);
    }
    this.rearm(i);
  }

  private putAddress(word: number, address: number): void {
    this.headers.words[word] = address >>> 0;
    this.headers.words[word + 1] = highWord(address);
  }

  /** Address of the i-th message header, for the system call. */
  at(i: number): number {
    return this.headers.address + i * HEADER_WORDS * 4;
  }

  /** Points the k-th vector of message i at `length` bytes of memory. */
  setVector(i: number, k: number, address: number, length: number): void {
    const word = (i * this.shape.vectors + k) * VECTOR_WORDS;
    const words = this.vectors.words;
    words[word] = address >>> 0;
    words[word + 1] = highWord(address);
    words[word + 2] = length;
  }

  /** Gives message i its full room for address and control data back: a receive shrinks them. */
  rearm(i: number): void {
    const base = i * HEADER_WORDS;
    this.headers.words[base + NAME_LENGTH] = this.shape.name;
    this.headers.words[base + CONTROL_LENGTH] = this.shape.control;
  }

  /** Bytes that message i carried. */
  lengthOf(i: number): number {
    return this.headers.words[i * HEADER_WORDS + TRANSFERRED];
  }

  /** True when message i was longer than its vectors. */
  truncated(i: number): boolean {
    return (this.headers.words[i * HEADER_WORDS + FLAGS] & MSG_TRUNC) !== 0;
  }

  /** Addresses of all messages, the i-th at `nameOffset(i)`. */
  get nameView(): DataView {
    return this.names.view;
  }

  nameOffset(i: number): number {
    return i * this.nameWords * 4;
  }

  /** Control data of all messages, the i-th at `controlOffset(i)`. */
  get controlView(): DataView {
    return this.controls.view;
  }

  controlOffset(i: number): number {
    return i * this.controlWords * 4;
  }

  /** Bytes of control data that came with message i. */
  controlLength(i: number): number {
    return this.headers.words[i * HEADER_WORDS + CONTROL_LENGTH];
  }
}
