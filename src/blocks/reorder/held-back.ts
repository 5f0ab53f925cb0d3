import type { Frame } from '../../contract/frame.js';

/** Frames held back at once. */
export const MOST = 64;

/** Frames that wait to be overtaken, the oldest first, each with the count and the time at which it goes on. */
export class HeldBack {
  length = 0;
  /** Frames that have gone on without having been held back. */
  passed = 0;
  private head = 0;
  private readonly frames = new Array<Frame | null>(MOST).fill(null);
  private readonly counts = new Float64Array(MOST);
  private readonly times = new Float64Array(MOST);

  /** Call only when `length < MOST`. */
  push(frame: Frame, distance: number, time: number): void {
    const at = (this.head + this.length++) % MOST;
    this.frames[at] = frame;
    this.counts[at] = this.passed + distance;
    this.times[at] = time;
  }

  /** True when the oldest has been overtaken by as many as it should. */
  isOvertaken(): boolean {
    return this.length > 0 && this.counts[this.head] <= this.passed;
  }

  /** When the oldest goes on in any case; Infinity when there is none. */
  firstTime(): number {
    return this.length > 0 ? this.times[this.head] : Number.POSITIVE_INFINITY;
  }

  /** Takes the oldest out; call only when `length > 0`. */
  shift(): Frame {
    const frame = this.frames[this.head] as Frame;
    this.frames[this.head] = null;
    this.head = (this.head + 1) % MOST;
    this.length--;
    return frame;
  }
}
