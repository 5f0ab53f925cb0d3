import { finish, mix } from '../flow-key.js';

/** What `learnMac` answers. */
export const MAC_KNOWN = 0;
export const MAC_LEARNED = 1;
export const MAC_MOVED = 2;
export const MAC_TABLE_FULL = -1;

/**
 * MAC addresses and where they were seen last: an open-addressing table (linear probing, backward shift on removal) with at
 * least twice as many slots as addresses. An address is its upper 16 bits and its lower 32, these signed.
 */
export class MacTable {
  readonly capacity: number;
  readonly seed: number;
  count = 0;
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  /** The port's number plus 1; 0: the slot is empty. */
  readonly ports: Int32Array;
  /** The IDP that was bound to the port: a port that leads elsewhere since then knows nothing. */
  readonly links: Int32Array;
  /** The round in which it was seen last. */
  readonly rounds: Int32Array;

  constructor(capacity: number, seed: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity));
    this.capacity = capacity;
    this.seed = seed;
    this.upper = new Int32Array(slots);
    this.lower = new Int32Array(slots);
    this.ports = new Int32Array(slots);
    this.links = new Int32Array(slots);
    this.rounds = new Int32Array(slots);
  }
}

/** The slot of an address, or the empty one where it would be. */
export function macSlot(table: MacTable, upper: number, lower: number): number {
  const mask = table.ports.length - 1;
  let slot = homeOf(table, upper, lower);
  while (table.ports[slot] !== 0 && (table.lower[slot] !== lower || table.upper[slot] !== upper)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

function homeOf(table: MacTable, upper: number, lower: number): number {
  return finish(mix(mix(table.seed, lower), upper)) & (table.ports.length - 1);
}

/** Notes at which port an address was seen, and the IDP that is bound to it. */
export function learnMac(
  table: MacTable,
  upper: number,
  lower: number,
  port: number,
  link: number,
  round: number,
): number {
  const slot = macSlot(table, upper, lower);
  const before = table.ports[slot];
  if (before === 0) {
    if (table.count === table.capacity) return MAC_TABLE_FULL;
    table.count++;
    table.upper[slot] = upper;
    table.lower[slot] = lower;
  }
  const moved = before !== 0 && (before !== port + 1 || table.links[slot] !== link);
  table.ports[slot] = port + 1;
  table.links[slot] = link;
  table.rounds[slot] = round;
  if (before === 0) return MAC_LEARNED;
  return moved ? MAC_MOVED : MAC_KNOWN;
}

/** The port at which an address was seen last, if that is still bound as it was then; else -1. */
export function portOfMac(table: MacTable, upper: number, lower: number, bound: Int32Array): number {
  const slot = macSlot(table, upper, lower);
  const port = table.ports[slot] - 1;
  return port >= 0 && bound[port] === table.links[slot] ? port : -1;
}

/** Forgets the addresses that were not seen since the round `since` began; answers how many. */
export function forgetMacs(table: MacTable, since: number): number {
  const before = table.count;
  for (let slot = 0; slot < table.ports.length; slot++) {
    // Another address may have moved into the slot.
    while (table.ports[slot] !== 0 && table.rounds[slot] < since) removeSlot(table, slot);
  }
  return before - table.count;
}

function removeSlot(table: MacTable, slot: number): void {
  const mask = table.ports.length - 1;
  let hole = slot;
  for (let at = (hole + 1) & mask; table.ports[at] !== 0; at = (at + 1) & mask) {
    const home = homeOf(table, table.upper[at], table.lower[at]);
    // It may move up when the hole lies between its home and where it is.
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    moveSlot(table, at, hole);
    hole = at;
  }
  table.ports[hole] = 0;
  table.count--;
}

function moveSlot(table: MacTable, from: number, to: number): void {
  table.upper[to] = table.upper[from];
  table.lower[to] = table.lower[from];
  table.ports[to] = table.ports[from];
  table.links[to] = table.links[from];
  table.rounds[to] = table.rounds[from];
}

/** The table's lines, at most `most` of them: address and port. */
export function macLines(table: MacTable, most: number): { mac: string; port: number }[] {
  const lines: { mac: string; port: number }[] = [];
  for (let slot = 0; slot < table.ports.length && lines.length < most; slot++) {
    if (table.ports[slot] === 0) continue;
    const hex = (table.upper[slot] * 2 ** 32 + (table.lower[slot] >>> 0)).toString(16).padStart(12, '0');
    lines.push({ mac: hex.replace(/..\B/g, '$&:'), port: table.ports[slot] - 1 });
  }
  return lines;
}
