import type { Frame, FramePool } from '../contract/frame.js';
import { PoolFrame, resetFrame } from './frame.js';
import { RingSpace } from './ring-space.js';

export interface PoolOptions {
  /** How many frames; default 4096. */
  readonly size?: number;
  /** Bytes of a slot, headroom included; default 2048. */
  readonly slotSize?: number;
  /** Bytes before a fresh frame, for headers that are put in front; default 128. */
  readonly headroom?: number;
  /**
   * The memory to use, `poolBytes` long or longer, zeroed. What is left behind the slots is for rings of links, which
   * map the kernel's pages over it: it must then begin at a page's border and never be freed. Default: an ArrayBuffer
   * of the right length, and no room for rings.
   */
  readonly memory?: ArrayBuffer;
}

/**
 * Between two slots. Slots at multiples of 2048 bytes would have their first bytes in two of a first-level cache's 64
 * sets: a batch of frames would push each other out.
 */
const GAP = 64;

/** Bytes that the slots of such a pool take. */
export function poolBytes(options: PoolOptions): number {
  const { size, slotSize } = sizes(options);
  return size * (slotSize + GAP);
}

/**
 * A fixed number of frames in one piece of memory. Nothing is allocated after construction.
 *
 * A link may lend frames that lie in a ring of its own instead of filling the pool's. For each there is a free frame
 * of the pool that `allocate` does not give out meanwhile, so that what is still in use when the ring needs its slot
 * back has a place to move to. A frame on loan is released as any other; its slot goes back when the link reclaims it.
 */
export class Pool implements FramePool {
  readonly memory: Uint8Array;
  readonly headroom: number;
  readonly maxLength: number;
  readonly size: number;
  /** Where rings may lie; null when the memory ends with the slots. */
  readonly rings: RingSpace | null;
  readonly view: DataView;
  /** Free frames, last in, first out: a frame used lately is warm in the cache. */
  private readonly stack: PoolFrame[];
  private top: number;
  /** Frames on loan that somebody has. As many on the stack are spoken for. */
  private lent = 0;

  constructor(options: PoolOptions = {}) {
    const { size, slotSize, headroom } = sizes(options);
    this.headroom = headroom;
    this.size = size;
    this.maxLength = slotSize - headroom;
    const bytes = poolBytes(options);
    const buffer = options.memory ?? new ArrayBuffer(bytes);
    if (buffer.byteLength < bytes) {
      throw new RangeError(`frame pool of ${bytes} bytes in a memory of ${buffer.byteLength}`);
    }
    this.memory = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.rings = options.memory ? new RingSpace(bytes, buffer.byteLength) : null;
    this.stack = [];
    for (let i = size - 1; i >= 0; i--) {
      this.stack.push(new PoolFrame(this.memory, this.view, i * (slotSize + GAP), slotSize));
    }
    this.top = size;
  }

  get free(): number {
    return this.top - this.lent;
  }

  allocate(): PoolFrame | null {
    if (this.top === this.lent) return null;
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
    if (frame.onLoan) this.lent--;
    else this.stack[this.top++] = frame;
  }

  makeLoan(): PoolFrame {
    const frame = new PoolFrame(this.memory, this.view, 0, 0);
    frame.onLoan = true;
    return frame;
  }

  lend(frame: Frame, start: number): boolean {
    const loan = frame as PoolFrame;
    if (this.top === this.lent) return false;
    if (!loan.isFree || !loan.onLoan) throw new Error('a frame was lent that is in use');
    this.lent++;
    loan.isFree = false;
    loan.slotOffset = start - this.headroom;
    loan.slotEnd = start + this.maxLength;
    resetFrame(loan, this.headroom);
    return true;
  }

  reclaim(frame: Frame): Frame {
    const loan = frame as PoolFrame;
    if (loan.isFree) return loan;
    const spare = this.stack[--this.top];
    this.lent--;
    const shift = spare.slotOffset - loan.slotOffset;
    this.memory.copyWithin(loan.start + shift, loan.start, loan.start + loan.length);
    // They change slots: whoever has the frame keeps it, and its bytes lie in the pool now.
    const { slotOffset, slotEnd } = loan;
    loan.slotOffset = spare.slotOffset;
    loan.slotEnd = spare.slotEnd;
    loan.start += shift;
    loan.onLoan = false;
    spare.slotOffset = slotOffset;
    spare.slotEnd = slotEnd;
    spare.start = slotOffset;
    spare.onLoan = true;
    return spare;
  }
}

function sizes(options: PoolOptions): { size: number; slotSize: number; headroom: number } {
  const { size = 4096, slotSize = 2048, headroom = 128 } = options;
  if (!(size >= 1 && slotSize > headroom && headroom >= 0)) {
    throw new RangeError(`frame pool of ${size} slots of ${slotSize} bytes, headroom ${headroom}`);
  }
  return { size, slotSize, headroom };
}
