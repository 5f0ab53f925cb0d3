import { copyBytes } from '../../wire/bytes.js';

/** A slot grows in steps of this, so that frames of mixed sizes soon stop allocating. */
const SLOT_STEP = 256;

/** A bounded first-in, first-out queue of frames' bytes. Its slots are kept and used again. */
export class FrameQueue {
  private readonly slots: Uint8Array[] = [];
  private readonly lengths: number[] = [];
  private readonly limit: number;
  private first = 0;
  count = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.count >= this.limit;
  }

  /** Copies a frame in; false when the queue is full. */
  push(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.isFull) return false;
    const at = (this.first + this.count) % this.limit;
    const slot = this.slots[at];
    if (slot === undefined || slot.length < length) {
      this.slots[at] = new Uint8Array(Math.ceil((length + 1) / SLOT_STEP) * SLOT_STEP);
    }
    copyBytes(bytes, start, length, this.slots[at], 0);
    this.lengths[at] = length;
    this.count++;
    return true;
  }

  /** Length of the frame at the front; 0 when there is none. */
  frontLength(): number {
    return this.count === 0 ? 0 : this.lengths[this.first];
  }

  /** Copies the frame at the front to `target` (it must fit) and removes it. */
  shift(target: Uint8Array, at: number): void {
    copyBytes(this.slots[this.first], 0, this.lengths[this.first], target, at);
    this.drop();
  }

  /** Removes the frame at the front. */
  drop(): void {
    if (this.count === 0) return;
    this.first = (this.first + 1) % this.limit;
    this.count--;
  }
}
