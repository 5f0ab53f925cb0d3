/** Where a ring lies that the kernel and a process share, as indexes of 32-bit words. */
export interface RingPlace {
  /** How many entries were put in so far, modulo 2^32. */
  readonly producer: number;
  /** How many were taken out. */
  readonly consumer: number;
  readonly flags: number;
  readonly entries: number;
  /** Words of an entry. */
  readonly entryWords: number;
  /** How many entries there are: a power of two. */
  readonly size: number;
}

/** Bit of a ring's flags: the kernel sleeps and does not look until it is woken by a system call. */
const NEED_WAKEUP = 1;

// The counts wrap at 2^32. Kept as signed words, `| 0` makes their differences right across the wrap.

/** The end of a ring into which this process puts entries: of the fill ring and the transmit ring. */
export class ProducerRing {
  /** Entries published so far, modulo 2^32. */
  private produced: number;
  private readonly words: Int32Array;
  private readonly ring: RingPlace;

  constructor(words: Int32Array, ring: RingPlace) {
    this.words = words;
    this.ring = ring;
    this.produced = Atomics.load(words, ring.producer);
  }

  /** Published entries that the kernel has not taken yet. */
  get waiting(): number {
    return (this.produced - Atomics.load(this.words, this.ring.consumer)) | 0;
  }

  /** Index of the first word of the i-th entry behind those that are published. */
  next(i: number): number {
    return this.at(this.produced + i);
  }

  /** Index of the first word of the i-th entry that waits; -1 is the one that the kernel took last. */
  taken(i: number): number {
    return this.at(Atomics.load(this.words, this.ring.consumer) + i);
  }

  /** Gives the next `count` entries to the kernel; a negative count takes back what it has not looked at. */
  publish(count: number): void {
    this.produced = (this.produced + count) | 0;
    // Atomic: the entries are there before the kernel sees that they are.
    Atomics.store(this.words, this.ring.producer, this.produced);
  }

  /** Publishes one more entry, of `first`, in front of those that wait: the place of the one that the kernel took last is free. */
  putInFront(first: readonly number[]): void {
    const { words } = this;
    for (let i = this.waiting; i > 0; i--) {
      const source = this.taken(i - 1);
      words.copyWithin(this.taken(i), source, source + this.ring.entryWords);
    }
    words.set(first, this.taken(0));
    this.publish(1);
  }

  get wantsWakeup(): boolean {
    return (Atomics.load(this.words, this.ring.flags) & NEED_WAKEUP) !== 0;
  }

  private at(count: number): number {
    return this.ring.entries + (count & (this.ring.size - 1)) * this.ring.entryWords;
  }
}

/** The end of a ring from which this process takes entries: of the receive ring and the completion ring. */
export class ConsumerRing {
  private consumed: number;
  private readonly words: Int32Array;
  private readonly ring: RingPlace;

  constructor(words: Int32Array, ring: RingPlace) {
    this.words = words;
    this.ring = ring;
    this.consumed = Atomics.load(words, ring.consumer);
  }

  /** Entries to be taken. */
  get available(): number {
    // Atomic: what the kernel wrote before it said so is seen after this.
    return (Atomics.load(this.words, this.ring.producer) - this.consumed) | 0;
  }

  /** Index of the first word of the i-th of them. */
  next(i: number): number {
    return this.ring.entries + ((this.consumed + i) & (this.ring.size - 1)) * this.ring.entryWords;
  }

  /** Gives the places of the first `count` back to the kernel. */
  release(count: number): void {
    this.consumed = (this.consumed + count) | 0;
    Atomics.store(this.words, this.ring.consumer, this.consumed);
  }
}
