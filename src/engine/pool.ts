import type { FramePool } from '../contract/frame.js';
import { PoolFrame, resetFrame } from './frame.js';

export interface PoolOptions {
  /** How many frames; default 4096. */
  readonly size?: number;
  /** Bytes of a slot, headroom included; default 2048. */
  readonly slotSize?: number;
  /** Bytes before a fresh frame, for headers that are put in front; default 128. */
  readonly headroom?: number;
}

/** A fixed number of frames in one piece of memory. Nothing is allocated after construction. */
export class Pool implements FramePool {
  readonly memory: Uint8Array;
  readonly headroom: number;
  readonly maxLength: number;
  readonly size: number;
  /** Free frames, last in, first out: a frame used lately is warm in the cache. */
  private readonly stack: PoolFrame[];
  private top: number;

  constructor(options: PoolOptions = {}) {
    const size = options.size ?? 4096;
    const slotSize = options.slotSize ?? 2048;
    this.headroom = options.headroom ?? 128;
    if (!(size >= 1 && slotSize > this.headroom && this.headroom >= 0)) {
      throw new RangeError(`frame pool of ${size} slots of ${slotSize} bytes, headroom ${this.headroom}`);
    }
    this.size = size;
    this.maxLength = slotSize - this.headroom;
    const buffer = new ArrayBuffer(size * slotSize);
    this.memory = new Uint8Array(buffer);
    const view = new DataView(buffer);
    this.stack = [];
    for (let i = size - 1; i >= 0; i--) {
      this.stack.push(new PoolFrame(this.memory, view, i * slotSize, slotSize));
    }
    this.top = size;
  }

  get free(): number {
    return this.top;
  }

  allocate(): PoolFrame | null {
    if (this.top === 0) return null;
    const frame = this.stack[--this.top];
    frame.isFree = false;
    resetFrame(frame, this.headroom);
    return frame;
  }

  release(frame: PoolFrame): void {
    if (frame.isFree || frame.bytes !== this.memory) {
      throw new Error(
        frame.isFree ? 'a frame was released twice' : 'a frame was released to a pool that is not its own',
      );
    }
    frame.isFree = true;
    this.stack[this.top++] = frame;
  }
}
