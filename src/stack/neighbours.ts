import type { Frame } from '../contract/frame.js';
import { AddressMap } from './address-map.js';
import { type Deadlined, Deadlines } from './deadlines.js';
import { type InLine, WaitingLine } from './waiting-line.js';

/** States of RFC 4861 §7.3.2; ARP's entries live by the same rules, as in Linux. `failed`: nobody answered lately. */
export type NeighbourState =
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'permanent';

// RFC 4861 §10, microseconds.
const REACHABLE_TIME = 30_000_000;
const MIN_RANDOM_FACTOR = 0.5;
const RANDOM_FACTORS = 1;
const DELAY_FIRST_PROBE = 5_000_000;
const RETRANSMIT = 1_000_000;
const MULTICAST_PROBES = 3;
const UNICAST_PROBES = 3;
/** An address that did not answer is asked for anew after so long. */
const FAILED_LASTS = 3_000_000;
/** Packets that wait for one address (RFC 4861 §7.2.2); of more the oldest go. */
export const MOST_WAITING = 32;
/** Addresses of an interface that are kept at most: beyond, one that is in no use goes. */
export const MOST_NEIGHBOURS = 1024;
/** Of those that might go at most so many are spared, for each that comes, because they were used. */
const MOST_SPARED = 8;

/** A host on a link of ours: its hardware address, and what is known of its being there. */
export class Neighbour implements Deadlined, InLine<Neighbour> {
  deadline = Number.POSITIVE_INFINITY;
  place = -1;
  readonly address: Uint8Array;
  readonly mac = new Uint8Array(6);
  state: NeighbourState = 'incomplete';
  /** Solicitations sent since the last answer. */
  probes = 0;
  isRouter = false;
  /** The table has let it go: what still holds it has to ask for its address anew. */
  isGone = false;
  /** A packet went to it since it was last looked at who might go. */
  wasUsed = false;
  before: Neighbour | null = null;
  behind: Neighbour | null = null;
  isInLine = false;
  /** Packets for it, until its address is known. */
  waiting: Frame[] = [];

  constructor(address: Uint8Array) {
    this.address = address.slice();
  }

  /** True when its hardware address may be used. */
  get isResolved(): boolean {
    return this.state !== 'incomplete' && this.state !== 'failed';
  }
}

/** What the table asks for. */
export interface NeighbourDriver {
  now(): number;
  /** Asks who has the address: everybody, or only the one thought to have it. */
  solicit(neighbour: Neighbour, everybody: boolean): void;
  /** Its hardware address is known: what waited may go. */
  resolved(neighbour: Neighbour): void;
  /** Nobody answered: what waited cannot go. */
  unreachable(neighbour: Neighbour): void;
  /** A packet that waited longest has to make room. */
  overflow(frame: Frame): void;
  /** Something is due earlier than was thought: `next` has changed. */
  hasten(): void;
}

/** The neighbours on one interface: for ARP (RFC 826) and for neighbour discovery (RFC 4861 §7.3). */
export class Neighbours {
  private readonly table: AddressMap<Neighbour>;
  private readonly deadlines = new Deadlines<Neighbour>();
  /** Those that may go when there are too many, who came or was spared first in front. */
  private readonly idle = new WaitingLine<Neighbour>();
  /** How many were looked at to make room. */
  looked = 0;
  private readonly driver: NeighbourDriver;
  private readonly random: () => number;
  private reachableTime = REACHABLE_TIME;
  private retransmit = RETRANSMIT;

  constructor(driver: NeighbourDriver, random: () => number) {
    this.driver = driver;
    this.random = random;
    this.table = new AddressMap(random() | 0);
  }

  /** What a router has said (RFC 4861 §6.3.4): microseconds, 0 for "as before". The first is spread by chance (§6.3.2). */
  setTimes(reachable: number, retransmit: number): void {
    if (reachable > 0) {
      const factor = MIN_RANDOM_FACTOR + (RANDOM_FACTORS * this.random()) / 0x1_0000_0000;
      this.reachableTime = Math.round(reachable * factor);
    }
    if (retransmit > 0) this.retransmit = retransmit;
  }

  get size(): number {
    return this.table.size;
  }

  get list(): IterableIterator<Neighbour> {
    return this.table.values();
  }

  /** When `expire` has something to do. */
  get next(): number {
    return this.deadlines.next;
  }

  find(bytes: Uint8Array, at = 0, length = bytes.length): Neighbour | undefined {
    return this.table.get(bytes, at, length);
  }

  /** The neighbour with this address, made when it is not known; null when the table is full of busy ones. */
  enter(address: Uint8Array): Neighbour | null {
    const known = this.table.get(address);
    if (known) return known;
    if (this.table.size >= MOST_NEIGHBOURS && !this.makeRoom()) return null;
    const neighbour = new Neighbour(address);
    neighbour.state = 'failed';
    this.table.set(neighbour.address, neighbour);
    this.idle.push(neighbour);
    return neighbour;
  }

  /**
   * A packet is about to go to it. True: its hardware address may be used. False: it is being asked for, and the
   * packet, if there is one, waits.
   */
  use(neighbour: Neighbour, frame: Frame | null): boolean {
    const now = this.driver.now();
    neighbour.wasUsed = true;
    if (neighbour.state === 'stale') {
      this.enterState(neighbour, 'delay', now + DELAY_FIRST_PROBE);
      this.driver.hasten();
    }
    if (neighbour.isResolved) return true;
    if (frame !== null) {
      this.idle.remove(neighbour);
      neighbour.waiting.push(frame);
      if (neighbour.waiting.length > MOST_WAITING) {
        const oldest = neighbour.waiting.shift();
        if (oldest) this.driver.overflow(oldest);
      }
    }
    if (neighbour.state === 'failed') {
      neighbour.probes = 0;
      this.probe(neighbour, 'incomplete');
    }
    return false;
  }

  /** It has told its hardware address: `solicited`, in answer to us; else by the way, which only makes it stale. */
  learn(neighbour: Neighbour, mac: Uint8Array, at: number, solicited: boolean, override = true): void {
    if (neighbour.state === 'permanent') return;
    const differs = !sameMac(neighbour.mac, mac, at);
    const was = neighbour.isResolved;
    if (was && differs && !override) {
      if (neighbour.state === 'reachable') this.enterState(neighbour, 'stale', Number.POSITIVE_INFINITY);
      return;
    }
    for (let i = 0; i < 6; i++) neighbour.mac[i] = mac[at + i];
    const now = this.driver.now();
    if (solicited) this.enterState(neighbour, 'reachable', now + this.reachableTime);
    else if (!was || differs) this.enterState(neighbour, 'stale', Number.POSITIVE_INFINITY);
    if (solicited || !was || differs) neighbour.probes = 0;
    if (!was) this.driver.resolved(neighbour);
  }

  /** Something above has had an answer from it: it is there (RFC 4861 §7.3.1). */
  confirm(neighbour: Neighbour): void {
    if (!neighbour.isResolved || neighbour.state === 'permanent') return;
    const isTimed = neighbour.deadline < Number.POSITIVE_INFINITY;
    this.enterState(neighbour, 'reachable', this.driver.now() + this.reachableTime);
    neighbour.probes = 0;
    if (!isTimed) this.driver.hasten();
  }

  /** Sets an address by hand; it never changes by itself. */
  setPermanent(address: Uint8Array, mac: Uint8Array): boolean {
    const neighbour = this.enter(address);
    if (neighbour === null) return false;
    const was = neighbour.isResolved;
    neighbour.mac.set(mac);
    this.enterState(neighbour, 'permanent', Number.POSITIVE_INFINITY);
    if (!was) this.driver.resolved(neighbour);
    return true;
  }

  /** Forgets one; what waited for it is told unreachable. */
  remove(neighbour: Neighbour): void {
    this.deadlines.remove(neighbour);
    this.idle.remove(neighbour);
    this.table.delete(neighbour.address);
    neighbour.isGone = true;
    if (neighbour.waiting.length > 0) this.driver.unreachable(neighbour);
  }

  /** Does what is due by now. */
  expire(): void {
    const now = this.driver.now();
    for (let due = this.deadlines.take(now); due !== null; due = this.deadlines.take(now)) this.step(due);
  }

  private step(neighbour: Neighbour): void {
    if (neighbour.state === 'reachable') this.enterState(neighbour, 'stale', Number.POSITIVE_INFINITY);
    else if (neighbour.state === 'delay') this.probe(neighbour, 'probe');
    else if (neighbour.state === 'failed') this.remove(neighbour);
    else if (neighbour.probes < (neighbour.state === 'probe' ? UNICAST_PROBES : MULTICAST_PROBES)) {
      this.probe(neighbour, neighbour.state);
    } else {
      neighbour.wasUsed = false;
      this.enterState(neighbour, 'failed', this.driver.now() + FAILED_LASTS);
      this.driver.unreachable(neighbour);
    }
  }

  private probe(neighbour: Neighbour, state: NeighbourState): void {
    neighbour.probes++;
    this.enterState(neighbour, state, this.driver.now() + this.retransmit);
    this.driver.solicit(neighbour, state === 'incomplete');
  }

  private enterState(neighbour: Neighbour, state: NeighbourState, until: number): void {
    neighbour.state = state;
    this.deadlines.set(neighbour, until);
    if (state === 'permanent') this.idle.remove(neighbour);
    // What waited for it goes now, one way or the other.
    else if (state !== 'incomplete' && !neighbour.isInLine) this.idle.push(neighbour);
  }

  /**
   * Lets one go of those for which nothing waits: who came first and was not used lately (second chance, or clock, as with
   * pages of memory). Whoever makes the host remember addresses by the thousand must not cost it a look at all of them
   * for each (RFC 6583 §6).
   */
  private makeRoom(): boolean {
    for (let spared = 0; ; spared++) {
      const { first } = this.idle;
      if (first === null) return false;
      this.looked++;
      if (first.wasUsed && spared < MOST_SPARED) {
        first.wasUsed = false;
        this.idle.push(first);
        continue;
      }
      this.remove(first);
      return true;
    }
  }
}

function sameMac(mac: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 6; i++) if (mac[i] !== bytes[at + i]) return false;
  return true;
}
