import { copyBytes } from '../wire/bytes.js';
import type { FrameOrder } from './frame-order.js';

/**
 * A ring of places in memory in which the next frames are laid out. What lies in a place already is not copied again:
 * packets that never change are laid out once if a whole number of their rounds fits the ring.
 */
export class FrameSlots {
  /** Length of the frame in each place. */
  readonly lengths: Int32Array;
  /** Frames laid out and not sent yet; they begin at place `head`. */
  ready = 0;
  head = 0;
  private readonly order: FrameOrder;
  private readonly memory: Uint8Array;
  private readonly from: number;
  private readonly stride: number;
  /** Which unchanging packet lies in a place; -1 for none. */
  private readonly holds: Int32Array;

  /** Places of `stride` bytes, `count` of them, from byte `from` of the memory on. */
  constructor(order: FrameOrder, memory: Uint8Array, from: number, stride: number, count: number) {
    this.order = order;
    this.memory = memory;
    this.from = from;
    this.stride = stride;
    this.lengths = new Int32Array(count);
    this.holds = new Int32Array(count).fill(-1);
  }

  get count(): number {
    return this.lengths.length;
  }

  /** Lays one more frame out and answers its place; there must be room. */
  layOut(): number {
    const place = (this.head + this.ready) % this.lengths.length;
    this.ready++;
    const which = this.order.next();
    if (this.holds[place] === which) return place;
    const packet = this.order.packets[which];
    const { length } = packet.bytes;
    copyBytes(packet.bytes, 0, length, this.memory, this.from + place * this.stride);
    this.lengths[place] = length;
    this.holds[place] = packet.changes ? -1 : which;
    if (packet.changes) packet.advance();
    return place;
  }

  /** The first `count` frames are gone: answers their bytes. */
  release(count: number): number {
    let bytes = 0;
    const { lengths } = this;
    let { head } = this;
    for (let i = 0; i < count; i++) {
      bytes += lengths[head];
      if (++head === lengths.length) head = 0;
    }
    this.head = head;
    this.ready -= count;
    return bytes;
  }
}

/** How many places a ring of at most `most` should have: a whole number of rounds, if one fits. */
export function placesFor(order: FrameOrder, most: number): number {
  const { length } = order.packets;
  return length <= most ? most - (most % length) : most;
}
