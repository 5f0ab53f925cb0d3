import type { PoolFrame } from './frame.js';

/** Frames that wait for the engine, first in, first out. As large as the pool, so it can never be full. */
export class Backlog {
  private readonly slots: (PoolFrame | null)[];
  private head = 0;
  length = 0;

  constructor(capacity: number) {
    this.slots = new Array<PoolFrame | null>(capacity).fill(null);
  }

  push(frame: PoolFrame): void {
    const slots = this.slots;
    if (this.length === slots.length) throw new Error('backlog overflow: a frame was queued twice');
    let at = this.head + this.length++;
    if (at >= slots.length) at -= slots.length;
    slots[at] = frame;
  }

  /** The oldest frame; call only when `length > 0`. */
  shift(): PoolFrame {
    const frame = this.slots[this.head] as PoolFrame;
    this.slots[this.head] = null;
    this.head = this.head + 1 === this.slots.length ? 0 : this.head + 1;
    this.length--;
    return frame;
  }

  peek(index: number): PoolFrame {
    return this.slots[(this.head + index) % this.slots.length] as PoolFrame;
  }
}
