import type { Frame } from '../../contract/frame.js';

/**
 * Frames ordered by the time at which they are due, those of one time in the order in which they came: a binary heap
 * in arrays that only grow beyond their first size where a block takes more over than it was made for.
 */
export class DueHeap {
  length = 0;
  private frames: (Frame | null)[];
  private due: Float64Array;
  private order: Float64Array;
  private pushed = 0;

  constructor(capacity: number) {
    const size = Math.max(1, capacity);
    this.frames = new Array<Frame | null>(size).fill(null);
    this.due = new Float64Array(size);
    this.order = new Float64Array(size);
  }

  push(frame: Frame, due: number): void {
    if (this.length === this.frames.length) this.grow();
    const order = this.pushed++;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.due[parent] <= due) break; // of one time, the older is above
      this.move(parent, at);
      at = parent;
    }
    this.put(at, frame, due, order);
  }

  /** When the first is due; Infinity when there is none. */
  firstDue(): number {
    return this.length > 0 ? this.due[0] : Number.POSITIVE_INFINITY;
  }

  /** Takes the first out; call only when `length > 0`. */
  pop(): Frame {
    const first = this.frames[0] as Frame;
    const last = --this.length;
    const frame = this.frames[last] as Frame;
    const due = this.due[last];
    const order = this.order[last];
    this.frames[last] = null;
    if (last === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.isBefore(child + 1, this.due[child], this.order[child])) child++;
      if (!this.isBefore(child, due, order)) break;
      this.move(child, at);
      at = child;
    }
    this.put(at, frame, due, order);
    return first;
  }

  private isBefore(at: number, due: number, order: number): boolean {
    return this.due[at] < due || (this.due[at] === due && this.order[at] < order);
  }

  private move(from: number, to: number): void {
    this.frames[to] = this.frames[from];
    this.due[to] = this.due[from];
    this.order[to] = this.order[from];
  }

  private put(at: number, frame: Frame, due: number, order: number): void {
    this.frames[at] = frame;
    this.due[at] = due;
    this.order[at] = order;
  }

  private grow(): void {
    const size = 2 * this.frames.length;
    while (this.frames.length < size) this.frames.push(null);
    const grown = [this.due, this.order].map((from) => {
      const to = new Float64Array(size);
      to.set(from);
      return to;
    });
    [this.due, this.order] = grown as [Float64Array, Float64Array];
  }
}
