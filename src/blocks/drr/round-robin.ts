import type { Frame } from '../../contract/frame.js';
import { Fifo } from '../fifo.js';

const FIRST_CAPACITY = 16;

/**
 * The queues of deficit round robin and whose turn it is (Shreedhar and Varghese, "Efficient Fair Queuing using Deficit
 * Round Robin", SIGCOMM 1995, §3): a queue whose turn comes gets its quantum, sends as long as its deficit lasts, and
 * carries what is left to its next turn; a queue that runs empty loses it.
 */
export class RoundRobin {
  readonly queues: Fifo[] = [];
  /** Frames in all queues. */
  frames = 0;
  /** Queues with frames. */
  active = 0;
  private deficits = new Float64Array(0);
  /** The queues with frames as a ring, the one whose turn it is first. */
  private ring = new Int32Array(0);
  private head = 0;
  /** True when the first of the ring has had its quantum for this turn. */
  private granted = false;

  constructor(count: number) {
    this.reserve(count);
  }

  /** Makes sure that there are `count` queues at least. */
  reserve(count: number): void {
    const before = this.queues.length;
    if (count <= before) return;
    const ring = new Int32Array(count);
    for (let i = 0; i < this.active; i++) ring[i] = this.ring[(this.head + i) % before];
    const deficits = new Float64Array(count);
    deficits.set(this.deficits);
    this.ring = ring;
    this.head = 0;
    this.deficits = deficits;
    while (this.queues.length < count) this.queues.push(new Fifo(FIRST_CAPACITY));
  }

  push(queue: number, frame: Frame, time: number): void {
    if (this.queues[queue].length === 0) {
      this.ring[(this.head + this.active) % this.ring.length] = queue;
      this.active++;
      this.deficits[queue] = 0;
    }
    this.queues[queue].push(frame, time);
    this.frames++;
  }

  /** Takes out the frame whose turn it is; call only when `frames > 0`. Bytes in a round by queue: all above 0. */
  next(quanta: Float64Array): Frame {
    for (;;) {
      const queue = this.ring[this.head];
      if (!this.granted) {
        this.granted = true;
        // A queue number past the quanta is left from a block with more queues: it goes as the last one.
        this.deficits[queue] += quanta[queue < quanta.length ? queue : quanta.length - 1];
      }
      const fifo = this.queues[queue];
      const length = fifo.first().length;
      if (length <= this.deficits[queue]) {
        this.deficits[queue] -= length;
        this.frames--;
        const frame = fifo.shift();
        if (fifo.length === 0) this.leave();
        return frame;
      }
      this.rotate();
    }
  }

  /** The queue with the most bytes. */
  longest(): number {
    let longest = this.ring[this.head];
    for (let i = 1; i < this.active; i++) {
      const queue = this.ring[(this.head + i) % this.ring.length];
      if (this.isLonger(queue, longest)) longest = queue;
    }
    return longest;
  }

  private isLonger(a: number, b: number): boolean {
    return this.queues[a].bytes > this.queues[b].bytes;
  }

  /** Takes the newest frame out of a queue that has one. */
  steal(queue: number): Frame {
    this.frames--;
    const frame = this.queues[queue].pop();
    if (this.queues[queue].length === 0) this.remove(queue);
    return frame;
  }

  /** Its turn is over, the queue waits for the next. */
  private rotate(): void {
    const queue = this.ring[this.head];
    this.leave();
    this.ring[(this.head + this.active) % this.ring.length] = queue;
    this.active++;
  }

  /** The first of the ring leaves it. */
  private leave(): void {
    this.head = (this.head + 1) % this.ring.length;
    this.active--;
    this.granted = false;
  }

  private remove(queue: number): void {
    const size = this.ring.length;
    let at = 0;
    while (this.ring[(this.head + at) % size] !== queue) at++;
    if (at === 0) {
      this.leave();
      return;
    }
    for (let i = at + 1; i < this.active; i++)
      this.ring[(this.head + i - 1) % size] = this.ring[(this.head + i) % size];
    this.active--;
  }
}
