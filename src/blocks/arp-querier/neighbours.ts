import type { Frame } from '../../contract/frame.js';

/** Most addresses of a table. */
export const MOST_ADDRESSES = 4096;
/** Most frames that wait in one block. */
export const MOST_WAITING = 1024;

const BUCKETS = 4096;
const NONE = -1;

export const FREE = 0;
/** Asked for, not answered yet. */
export const ASKING = 1;
export const KNOWN = 2;

/**
 * What is known of the stations of a link: one slot for each IPv4 address, found through hash chains, with its MAC address, when
 * something is to be done about it, and the frames that wait for it. Nothing is allocated after construction.
 */
export class Neighbours {
  /** By slot: FREE, ASKING or KNOWN. */
  readonly state = new Uint8Array(MOST_ADDRESSES);
  /** By slot: address as a signed number. */
  readonly address = new Int32Array(MOST_ADDRESSES);
  /** By slot: first two and last four bytes of the MAC address. */
  readonly macHigh = new Uint16Array(MOST_ADDRESSES);
  readonly macLow = new Int32Array(MOST_ADDRESSES);
  /** By slot: when it is looked at again, and when it ends, in microseconds. */
  readonly due = new Float64Array(MOST_ADDRESSES);
  readonly end = new Float64Array(MOST_ADDRESSES);
  /** By slot: 1 when a packet went there since the address was learned last. */
  readonly used = new Uint8Array(MOST_ADDRESSES);
  /** By slot: port by which requests for it leave. */
  readonly port = new Uint8Array(MOST_ADDRESSES);
  /** By slot: frames that wait. */
  readonly waiting = new Uint16Array(MOST_ADDRESSES);
  /** Addresses in the table, and frames that wait for any of them. */
  count = 0;
  waitingCount = 0;
  /** Slots ever used lie below. */
  top = 0;
  /** The earliest time at which a slot is due, or earlier; what the timer is set to. */
  nextDue = Number.POSITIVE_INFINITY;

  private readonly buckets = new Int16Array(BUCKETS).fill(NONE);
  private readonly next = new Int16Array(MOST_ADDRESSES).fill(NONE);
  private freeSlot = NONE;
  private readonly head = new Int16Array(MOST_ADDRESSES).fill(NONE);
  private readonly tail = new Int16Array(MOST_ADDRESSES).fill(NONE);
  private readonly frames: (Frame | null)[] = new Array<Frame | null>(MOST_WAITING).fill(null);
  private readonly behind = Int16Array.from({ length: MOST_WAITING }, (_, i) =>
    i + 1 < MOST_WAITING ? i + 1 : NONE,
  );
  private freePlace = 0;

  /** Slot of an address, or -1. */
  find(address: number): number {
    let slot = this.buckets[bucketOf(address)];
    while (slot !== NONE && this.address[slot] !== address) slot = this.next[slot];
    return slot;
  }

  /** A new slot for an address that has none, ASKING, or -1 when the table has no more. */
  add(address: number): number {
    let slot = this.freeSlot;
    if (slot !== NONE) this.freeSlot = this.next[slot];
    else if (this.top < MOST_ADDRESSES) slot = this.top++;
    else return NONE;
    const bucket = bucketOf(address);
    this.next[slot] = this.buckets[bucket];
    this.buckets[bucket] = slot;
    this.address[slot] = address;
    this.state[slot] = ASKING;
    this.count++;
    return slot;
  }

  /** Forgets an address for which no frame waits. */
  remove(slot: number): void {
    const bucket = bucketOf(this.address[slot]);
    let before = NONE;
    for (let at = this.buckets[bucket]; at !== slot; at = this.next[at]) before = at;
    if (before === NONE) this.buckets[bucket] = this.next[slot];
    else this.next[before] = this.next[slot];
    this.next[slot] = this.freeSlot;
    this.freeSlot = slot;
    this.state[slot] = FREE;
    this.count--;
  }

  /** Lets a frame wait for an address; false when too many wait. */
  push(slot: number, frame: Frame): boolean {
    const place = this.freePlace;
    if (place === NONE) return false;
    this.freePlace = this.behind[place];
    this.behind[place] = NONE;
    this.frames[place] = frame;
    if (this.waiting[slot]++ === 0) this.head[slot] = place;
    else this.behind[this.tail[slot]] = place;
    this.tail[slot] = place;
    this.waitingCount++;
    return true;
  }

  /** The frame that has waited longest for an address; null when none does. */
  shift(slot: number): Frame | null {
    if (this.waiting[slot] === 0) return null;
    const place = this.head[slot];
    const frame = this.frames[place];
    this.frames[place] = null;
    this.head[slot] = this.behind[place];
    this.behind[place] = this.freePlace;
    this.freePlace = place;
    this.waiting[slot]--;
    this.waitingCount--;
    return frame;
  }
}

function bucketOf(address: number): number {
  return Math.imul(address, 0x9e3779b1) >>> 20;
}
