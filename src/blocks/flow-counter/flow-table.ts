import { copyFlow, FLOW_WORDS, flowEquals, formatFlow, hashFlow } from '../flow-key.js';

/** What `countFlow` answers. */
export const FLOW_KNOWN = 0;
export const FLOW_NEW = 1;
export const FLOW_TABLE_FULL = -1;

/** A line about a flow, for people. */
export interface FlowLine {
  readonly flow: string;
  readonly frames: number;
  readonly bytes: number;
}

/**
 * Flows and what was counted of them. Entries lie side by side; an open-addressing index of at least twice as many slots
 * finds them (linear probing, backward shift on removal). All memory is taken at the beginning, about 80 bytes a flow.
 */
export class FlowTable {
  readonly capacity: number;
  /** Of the hash: who cannot know it cannot fill one part of the index. */
  readonly seed: number;
  count = 0;
  /** Entries from here on have never been used. */
  used = 0;
  /** The first of the entries given back, -1 for none; each has the next one in its first key word. */
  free = -1;
  readonly keys: Int32Array;
  readonly hashes: Int32Array;
  /** The round in which each entry had its last frame. */
  readonly rounds: Int32Array;
  /** Frames of each entry; 0: it is free. */
  readonly frames: Float64Array;
  readonly bytes: Float64Array;
  /** By slot, an entry's number plus 1; 0: empty. */
  readonly index: Int32Array;

  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    this.seed = seed;
    this.keys = new Int32Array(capacity * FLOW_WORDS);
    this.hashes = new Int32Array(capacity);
    this.rounds = new Int32Array(capacity);
    this.frames = new Float64Array(capacity);
    this.bytes = new Float64Array(capacity);
    this.index = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity)));
  }
}

/** Counts a frame of the flow with this key, in a new entry if it has none. */
export function countFlow(table: FlowTable, key: Int32Array, length: number, round: number): number {
  const hash = hashFlow(key, table.seed);
  const { index, hashes, keys } = table;
  const mask = index.length - 1;
  let slot = hash & mask;
  for (let entry = index[slot] - 1; entry >= 0; entry = index[slot] - 1) {
    if (hashes[entry] === hash && flowEquals(keys, entry * FLOW_WORDS, key, 0)) {
      table.frames[entry]++;
      table.bytes[entry] += length;
      table.rounds[entry] = round;
      return FLOW_KNOWN;
    }
    slot = (slot + 1) & mask;
  }
  const entry = takeEntry(table);
  if (entry < 0) return FLOW_TABLE_FULL;
  copyFlow(key, 0, keys, entry * FLOW_WORDS);
  hashes[entry] = hash;
  table.frames[entry] = 1;
  table.bytes[entry] = length;
  table.rounds[entry] = round;
  index[slot] = entry + 1;
  return FLOW_NEW;
}

function takeEntry(table: FlowTable): number {
  let entry = table.free;
  if (entry >= 0) table.free = table.keys[entry * FLOW_WORDS];
  else if (table.used < table.capacity) entry = table.used++;
  if (entry >= 0) table.count++;
  return entry;
}

/**
 * Forgets the flows among the entries `from … from + length` that have had no frame since the round `since` began.
 * Answers how many they were.
 */
export function forgetIdle(table: FlowTable, from: number, length: number, since: number): number {
  const end = Math.min(from + length, table.used);
  let forgotten = 0;
  for (let entry = from; entry < end; entry++) {
    if (table.frames[entry] === 0 || table.rounds[entry] >= since) continue;
    removeEntry(table, entry);
    forgotten++;
  }
  return forgotten;
}

function removeEntry(table: FlowTable, entry: number): void {
  const { index, hashes } = table;
  const mask = index.length - 1;
  let hole = hashes[entry] & mask;
  while (index[hole] !== entry + 1) hole = (hole + 1) & mask;
  for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
    const home = hashes[index[at] - 1] & mask;
    // It may move up when the hole lies between its home and where it is.
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    index[hole] = index[at];
    hole = at;
  }
  index[hole] = 0;
  table.frames[entry] = 0;
  table.keys[entry * FLOW_WORDS] = table.free;
  table.free = entry;
  table.count--;
}

/** A table of another size with the same flows, as far as there is room; the round of each is kept. */
export function resized(table: FlowTable, capacity: number): FlowTable {
  const next = new FlowTable(capacity, table.seed);
  const key = new Int32Array(FLOW_WORDS);
  for (let entry = 0; entry < table.used; entry++) {
    if (table.frames[entry] === 0) continue;
    if (next.used === capacity) break;
    copyFlow(table.keys, entry * FLOW_WORDS, key, 0);
    countFlow(next, key, table.bytes[entry], table.rounds[entry]);
    next.frames[next.used - 1] = table.frames[entry];
  }
  return next;
}

/** The flows with the most bytes, the largest first. */
export function largestFlows(table: FlowTable, most: number): FlowLine[] {
  const entries: number[] = [];
  for (let entry = 0; entry < table.used; entry++) {
    if (table.frames[entry] === 0) continue;
    const last = entries.at(-1);
    if (entries.length === most && last !== undefined && table.bytes[entry] <= table.bytes[last]) continue;
    let at = entries.length;
    while (at > 0 && table.bytes[entries[at - 1]] < table.bytes[entry]) at--;
    entries.splice(at, 0, entry);
    if (entries.length > most) entries.pop();
  }
  return entries.map((entry) => ({
    flow: formatFlow(table.keys, entry * FLOW_WORDS),
    frames: table.frames[entry],
    bytes: table.bytes[entry],
  }));
}
