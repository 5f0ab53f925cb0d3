import type { Frame } from '../contract/frame.js';

/**
 * Frames that wait, first in, first out, each with a time of its own: a ring. It is made for as many as its block means to
 * keep; only where it gets more (from a block that it replaces, or after a change of the limit) it doubles.
 */
export class Fifo {
  private frames: (Frame | null)[];
  private times: Float64Array;
  private head = 0;
  /** Frames in it, and their bytes. */
  length = 0;
  bytes = 0;

  constructor(capacity: number) {
    this.frames = new Array<Frame | null>(Math.max(1, capacity)).fill(null);
    this.times = new Float64Array(this.frames.length);
  }

  push(frame: Frame, time: number): void {
    if (this.length === this.frames.length) this.grow();
    let at = this.head + this.length++;
    if (at >= this.frames.length) at -= this.frames.length;
    this.frames[at] = frame;
    this.times[at] = time;
    this.bytes += frame.length;
  }

  /** The oldest frame; call only when `length > 0`. */
  first(): Frame {
    return this.frames[this.head] as Frame;
  }

  /** The time given with the oldest frame. */
  firstTime(): number {
    return this.times[this.head];
  }

  /** Takes the oldest frame out; call only when `length > 0`. */
  shift(): Frame {
    const frame = this.frames[this.head] as Frame;
    this.frames[this.head] = null;
    this.head = this.head + 1 === this.frames.length ? 0 : this.head + 1;
    this.length--;
    this.bytes -= frame.length;
    return frame;
  }

  /** Takes the newest frame out; call only when `length > 0`. */
  pop(): Frame {
    let at = this.head + --this.length;
    if (at >= this.frames.length) at -= this.frames.length;
    const frame = this.frames[at] as Frame;
    this.frames[at] = null;
    this.bytes -= frame.length;
    return frame;
  }

  private grow(): void {
    const old = this.frames.length;
    const frames = new Array<Frame | null>(2 * old).fill(null);
    const times = new Float64Array(2 * old);
    for (let i = 0; i < this.length; i++) {
      frames[i] = this.frames[(this.head + i) % old];
      times[i] = this.times[(this.head + i) % old];
    }
    this.frames = frames;
    this.times = times;
    this.head = 0;
  }
}
