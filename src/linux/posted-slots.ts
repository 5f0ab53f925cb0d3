import type { Frame, FramePool } from '../contract/frame.js';
import type { Arena } from './arena.js';
import type { MessageBatch } from './batch.js';

/**
 * Frames of the pool that wait to be filled: the first vector of message i points into the slot of
 * frame i, so that the kernel writes a frame where it stays. `lead` bytes in front of the frame's start
 * are part of the message (a virtio-net header). A slot leaves when `take` is called; what lost its
 * frame gets a new one when it is armed again.
 */
export class PostedSlots {
  /** How many frames it may hold: the batch, but no more than an eighth of a small pool. */
  readonly count: number;
  private readonly pool: FramePool;
  private readonly batch: MessageBatch;
  private readonly lead: number;
  private readonly bufferAddress: number;
  private readonly posted: (Frame | null)[];

  constructor(arena: Arena, pool: FramePool, batch: MessageBatch, lead: number) {
    this.count = Math.min(batch.count, Math.max(1, pool.size >> 3));
    this.pool = pool;
    this.batch = batch;
    this.lead = lead;
    this.bufferAddress = arena.hold(pool.memory.buffer);
    this.posted = new Array(this.count).fill(null);
  }

  /** Makes messages 0 … `want` ready and answers how many are: fewer when the pool is empty. */
  arm(want: number): number {
    const n = want < this.count ? want : this.count;
    for (let i = 0; i < n; i++) {
      if (this.posted[i] === null) {
        const frame = this.pool.allocate() ?? this.lastPosted(i);
        if (frame === null) return i;
        this.posted[i] = frame;
        const at = this.bufferAddress + frame.bytes.byteOffset + frame.start - this.lead;
        this.batch.setVector(i, 0, at, this.lead + this.pool.maxLength);
      }
      this.batch.rearm(i);
    }
    return n;
  }

  /** The frame behind message i, still posted. */
  at(i: number): Frame {
    const frame = this.posted[i];
    if (frame === null) throw new RangeError(`message ${i} has no frame`);
    return frame;
  }

  /** Hands the frame of message i over to the caller. */
  take(i: number): Frame {
    const frame = this.at(i);
    this.posted[i] = null;
    return frame;
  }

  /** Gives all frames back to the pool. */
  release(): void {
    for (let i = 0; i < this.count; i++) {
      const frame = this.posted[i];
      if (frame !== null) this.pool.release(frame);
      this.posted[i] = null;
    }
  }

  /** With an empty pool the slots must still be a row from 0: borrows the one at the end. */
  private lastPosted(i: number): Frame | null {
    for (let j = this.count - 1; j > i; j--) {
      const frame = this.posted[j];
      if (frame === null) continue;
      this.posted[j] = null;
      return frame;
    }
    return null;
  }
}
