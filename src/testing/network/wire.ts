import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import { type Fate, perfectWire, type WireConditions } from './conditions.js';

/** Where a wire ends: a station's link, a switch's port, a test. */
export interface Plug {
  /** A frame arrives. Its bytes are shared: they must not be changed. */
  deliver(bytes: Uint8Array): void;
}

/** What a lane has of its network. */
export interface LaneSurroundings {
  now(): number;
  /** In [0, 2^32). */
  random(): number;
  at(time: number, happens: () => void): void;
  /** Tells of each frame that was sent, as it was sent. */
  saw(lane: Lane, bytes: Uint8Array, fate: Fate): void;
}

/** One direction of a wire. */
export class Lane {
  readonly number: number;
  readonly conditions = { ...perfectWire };
  /** False: what is sent is lost. What is on its way already arrives. */
  up = true;
  to: Plug | null = null;
  /** Frames on their way. */
  flying = 0;
  readonly fates: Record<Fate, number> = {
    ...{ sent: 0, doubled: 0, 'held-back': 0, corrupted: 0 },
    ...{ lost: 0, cut: 0, 'queue-full': 0, 'too-long': 0 },
  };
  /** Bytes that were put on the wire. */
  carried = 0;
  private freeAt = 0;
  private readonly around: LaneSurroundings;

  constructor(number: number, around: LaneSurroundings) {
    this.number = number;
    this.around = around;
  }

  /** Sends a frame; the bytes are the lane's from now on. */
  send(bytes: Uint8Array): void {
    const fate = this.decide(bytes);
    this.fates[fate]++;
    this.around.saw(this, bytes, fate);
    if (fate === 'lost' || fate === 'cut' || fate === 'queue-full' || fate === 'too-long') return;
    const { conditions, around } = this;
    const start = Math.max(this.freeAt, around.now());
    this.freeAt = conditions.rate > 0 ? start + (bytes.length * 1e6) / conditions.rate : start;
    this.carried += bytes.length;
    const arrives = fate === 'corrupted' ? this.turnBit(bytes) : bytes;
    this.fly(arrives, fate === 'held-back' ? conditions.holdBack : 0);
    if (fate === 'doubled') this.fly(arrives, 0);
  }

  /** Bytes that wait for their turn. */
  get waiting(): number {
    const { rate } = this.conditions;
    return rate > 0 ? (Math.max(0, this.freeAt - this.around.now()) * rate) / 1e6 : 0;
  }

  private decide(bytes: Uint8Array): Fate {
    const { mtu, loss, queue, corruption, duplication, reordering } = this.conditions;
    if (!this.up || this.to === null) return 'cut';
    if (mtu > 0 && bytes.length > mtu + ETHERNET_HEADER) return 'too-long';
    if (this.chance(loss)) return 'lost';
    if (this.waiting + bytes.length > queue) return 'queue-full';
    if (this.chance(corruption)) return 'corrupted';
    if (this.chance(duplication)) return 'doubled';
    return this.chance(reordering) ? 'held-back' : 'sent';
  }

  private fly(bytes: Uint8Array, longer: number): void {
    const { delay, jitter } = this.conditions;
    const more = jitter > 0 ? (this.around.random() / 2 ** 32) * jitter : 0;
    this.flying++;
    this.around.at(Math.ceil(this.freeAt + delay + more + longer), () => {
      this.flying--;
      this.to?.deliver(bytes);
    });
  }

  private turnBit(bytes: Uint8Array): Uint8Array {
    const turned = bytes.slice();
    const bit = this.around.random() % (bytes.length * 8);
    turned[bit >> 3] ^= 1 << (bit & 7);
    return turned;
  }

  private chance(share: number): boolean {
    return share > 0 && this.around.random() / 2 ** 32 < share;
  }
}

/** A wire between two ends, with a lane for each direction. */
export class Wire {
  readonly name: string;
  readonly there: Lane;
  readonly back: Lane;

  constructor(name: string, there: Lane, back: Lane) {
    this.name = name;
    this.there = there;
    this.back = back;
  }

  get lanes(): readonly [Lane, Lane] {
    return [this.there, this.back];
  }

  /** Sets conditions of both directions. */
  set(conditions: WireConditions): void {
    for (const lane of this.lanes) Object.assign(lane.conditions, conditions);
  }

  cut(): void {
    for (const lane of this.lanes) lane.up = false;
  }

  mend(): void {
    for (const lane of this.lanes) lane.up = true;
  }
}
