import type { EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop, HELD } from '../../contract/outcome.js';
import { ARP_REPLY, ARP_REQUEST, isArp } from '../../wire/arp.js';
import { ETHERNET_HEADER, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from '../../wire/ethernet.js';
import { ASKING, FREE, KNOWN, type Neighbours } from './neighbours.js';

/** The drop reasons, by number. */
export const Reason = {
  noNextHop: 0,
  noHeadroom: 1,
  unresolved: 2,
  tooManyWaiting: 3,
  tableFull: 4,
  badArp: 5,
  closed: 6,
} as const;

/** Port for packets whose next hop does not answer. */
export const UNRESOLVED_PORT = 2;
/** The fast path's cache: `CACHE_SIZE` known addresses, each at the place that its hash says. */
export const CACHE_SHIFT = 22;
export const CACHE_SIZE = 1024;
/** Timers are rounded up to this, in microseconds: a thousand addresses shall not mean a thousand wake-ups. */
const TICK = 100_000;

/** The part of the block that these functions work on. */
export interface Querier {
  readonly ports: Int32Array;
  packets: number;
  queries: number;
  learned: number;
  unanswered: number;
  neighbours: Neighbours;
  readonly cacheKeys: Int32Array;
  readonly cacheHigh: Int32Array;
  readonly cacheLow: Int32Array;
  /** A request without its target, as it goes out. */
  readonly request: Uint8Array;
  address: number;
  /** The own MAC address: its first two bytes and the other four. */
  sourceHigh: number;
  sourceLow: number;
  addresses: number;
  waiting: number;
  tries: number;
  retry: number;
  lifetime: number;
}

/** What the fast path leaves: addresses that are not in its cache, and ARP packets. Answers as `receive` does. */
export function resolve(at: Querier, frame: Frame, engine: EnginePort): number {
  if (frame.nextHop === 0) {
    if (frame.protocol === ETHERTYPE_ARP) return learn(at, frame, engine);
    return drop(Reason.noNextHop);
  }
  const table = at.neighbours;
  const hop = frame.nextHop | 0;
  let slot = table.find(hop);
  if (slot >= 0 && table.state[slot] === KNOWN) {
    if (!putHeader(at, frame, slot)) return drop(Reason.noHeadroom);
    cache(at, slot);
    at.packets++;
    return frame.direction;
  }
  if (slot < 0) {
    // No frame waits for an address that is not in the table: what cannot wait need not ask either.
    slot = table.count < at.addresses ? table.add(hop) : -1;
    if (slot < 0) return drop(Reason.tableFull);
    const now = engine.now();
    table.port[slot] = frame.direction;
    table.end[slot] = now + at.tries * at.retry;
    look(at, slot, now + at.retry, engine);
    ask(at, slot, engine);
  }
  if (table.waiting[slot] >= at.waiting) {
    // The latest are those that somebody may still wait for (RFC 1122 §2.3.2.2).
    const oldest = table.shift(slot);
    if (oldest !== null) engine.discard(oldest, Reason.tooManyWaiting);
  }
  return table.push(slot, frame) ? HELD : drop(Reason.tooManyWaiting);
}

/** Puts the Ethernet header in front; false when there is no room. */
function putHeader(at: Querier, frame: Frame, slot: number): boolean {
  if (!frame.push(ETHERNET_HEADER)) return false;
  const { macHigh, macLow } = at.neighbours;
  frame.setU16(0, macHigh[slot]);
  frame.setU32(2, macLow[slot]);
  frame.setU16(6, at.sourceHigh);
  frame.setU32(8, at.sourceLow);
  frame.setU16(12, ETHERTYPE_IPV4);
  return true;
}

/**
 * Lets the fast path know an address: the header's first two words as they will stand there. Since learning takes an
 * address out of the cache, its first use after that comes by here, and is noted.
 */
function cache(at: Querier, slot: number): void {
  const { address, macHigh, macLow } = at.neighbours;
  const place = Math.imul(address[slot], 0x9e3779b1) >>> CACHE_SHIFT;
  at.cacheKeys[place] = address[slot];
  at.cacheHigh[place] = (macHigh[slot] << 16) | (macLow[slot] >>> 16);
  at.cacheLow[place] = (macLow[slot] << 16) | at.sourceHigh;
  at.neighbours.used[slot] = 1;
}

function uncache(at: Querier, slot: number): void {
  const address = at.neighbours.address[slot];
  const place = Math.imul(address, 0x9e3779b1) >>> CACHE_SHIFT;
  if (at.cacheKeys[place] === address) at.cacheKeys[place] = 0;
}

/** Takes an ARP packet in: it may answer what was asked, or tell of a change (RFC 826, packet reception). */
function learn(at: Querier, frame: Frame, engine: EnginePort): number {
  const operation = frame.u16(20);
  if (
    frame.u16(12) !== ETHERTYPE_ARP ||
    !isArp(frame.bytes, frame.start + ETHERNET_HEADER, frame.length - ETHERNET_HEADER) ||
    (operation !== ARP_REPLY && operation !== ARP_REQUEST) ||
    (frame.u8(22) & 1) !== 0
  ) {
    return drop(Reason.badArp);
  }
  const sender = frame.u32(28) | 0;
  const table = at.neighbours;
  // Only what was asked for enters the table: else any station could fill it.
  const slot = table.find(sender);
  if (slot < 0) return CONSUMED;
  uncache(at, slot);
  table.used[slot] = 0;
  table.state[slot] = KNOWN;
  table.macHigh[slot] = frame.u16(22);
  table.macLow[slot] = frame.u32(24);
  const now = engine.now();
  table.end[slot] = now + at.lifetime;
  look(at, slot, table.end[slot] - at.tries * at.retry, engine);
  at.learned++;
  for (let held = table.shift(slot); held !== null; held = table.shift(slot)) {
    if (putHeader(at, held, slot)) {
      at.packets++;
      engine.emit(held, held.direction);
    } else {
      engine.discard(held, Reason.noHeadroom);
    }
  }
  return CONSUMED;
}

/** Sends a request for an address. When the pool is empty there is none this time: the next is due soon. */
function ask(at: Querier, slot: number, engine: EnginePort): void {
  const request = engine.create();
  if (request === null) return;
  request.fill(at.request);
  request.setU32(38, at.neighbours.address[slot]);
  request.protocol = ETHERTYPE_ARP;
  request.hardwareType = 1;
  request.direction = at.neighbours.port[slot] === EGRESS ? EGRESS : INGRESS;
  at.queries++;
  engine.emit(request, request.direction);
}

/** Has a slot looked at again at this time or a little later. */
function look(at: Querier, slot: number, time: number, engine: EnginePort): void {
  const table = at.neighbours;
  const due = Math.ceil(time / TICK) * TICK;
  table.due[slot] = due;
  if (due < table.nextDue) {
    table.nextDue = due;
    engine.wakeAt(due);
  }
}

/** Asks again, renews what is in use, forgets what is not or does not answer. */
export function tick(at: Querier, engine: EnginePort): void {
  const table = at.neighbours;
  const now = engine.now();
  table.nextDue = Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < table.top; slot++) {
    if (table.state[slot] === FREE) continue;
    if (table.due[slot] <= now) tend(at, slot, now, engine);
    if (table.state[slot] !== FREE && table.due[slot] < next) next = table.due[slot];
  }
  table.nextDue = next;
  engine.wakeAt(next);
}

function tend(at: Querier, slot: number, now: number, engine: EnginePort): void {
  const table = at.neighbours;
  if (now >= table.end[slot]) {
    if (table.state[slot] === ASKING) at.unanswered++;
    uncache(at, slot);
    for (let held = table.shift(slot); held !== null; held = table.shift(slot)) {
      if (at.ports[UNRESOLVED_PORT] !== 0) engine.emit(held, UNRESOLVED_PORT);
      else engine.discard(held, Reason.unresolved);
    }
    table.remove(slot);
    return;
  }
  if (table.state[slot] === ASKING || table.used[slot] !== 0) {
    ask(at, slot, engine);
    look(at, slot, Math.min(now + at.retry, table.end[slot]), engine);
  } else {
    look(at, slot, table.end[slot], engine);
  }
}

/** Ends every frame that waits. */
export function letGo(at: Querier, engine: EnginePort): void {
  const table = at.neighbours;
  for (let slot = 0; slot < table.top; slot++) {
    for (let held = table.shift(slot); held !== null; held = table.shift(slot))
      engine.discard(held, Reason.closed);
  }
}
