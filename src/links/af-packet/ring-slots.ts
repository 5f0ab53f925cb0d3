import type { Frame, FramePool } from '../../contract/frame.js';

/** The slot is the kernel's to fill. */
const KERNEL = 0;
/** Bit of a slot's status: the kernel has filled it. */
const FILLED = 1;

/**
 * The slots of a ring that the kernel fills in turn: each has a frame of its own, which is lent out and reclaimed.
 * The first word of a slot is its status, by which it changes hands. All slots taken since the last `settle` are given
 * back together by the next one: what is still in use then moves to the pool's memory.
 */
export class RingSlots {
  private readonly pool: FramePool;
  private readonly words: Int32Array;
  /** Of each slot: where its status is, and the frame that is lent for it. */
  private readonly statusAt: Int32Array;
  private readonly frames: Frame[];
  /** The slot that is looked at next, and how many before it are out. */
  private next = 0;
  private out = 0;

  /** Slots begin at these offsets of the pool's memory. */
  constructor(pool: FramePool, offsets: readonly number[]) {
    this.pool = pool;
    this.words = new Int32Array(pool.memory.buffer);
    this.statusAt = Int32Array.from(offsets, (offset) => offset >>> 2);
    this.frames = offsets.map(() => pool.makeLoan());
  }

  /** Status of the slot that comes next; 0 while the kernel has it, or when all are out. */
  status(): number {
    if (this.out === this.statusAt.length) return KERNEL;
    // Atomic: what the kernel wrote before it gave the slot away is seen after this.
    const status = Atomics.load(this.words, this.statusAt[this.next]);
    return status & FILLED ? status : KERNEL;
  }

  /** Offset of the slot that comes next. */
  offset(): number {
    return this.statusAt[this.next] << 2;
  }

  /** Takes the slot and answers its frame, which begins at `start`; null when the pool is empty. */
  lend(start: number): Frame | null {
    const frame = this.frames[this.next];
    if (!this.pool.lend(frame, start)) return null;
    this.skip();
    return frame;
  }

  /** Takes the slot without a frame. */
  skip(): void {
    this.out++;
    this.next = this.next + 1 === this.statusAt.length ? 0 : this.next + 1;
  }

  /** Gives all slots that were taken back to the kernel. */
  settle(): void {
    const count = this.statusAt.length;
    let at = this.next - this.out;
    if (at < 0) at += count;
    for (; this.out > 0; this.out--) {
      this.frames[at] = this.pool.reclaim(this.frames[at]);
      // Atomic: whatever was read from the slot or moved out of it was so before this.
      Atomics.store(this.words, this.statusAt[at], KERNEL);
      at = at + 1 === count ? 0 : at + 1;
    }
  }
}
