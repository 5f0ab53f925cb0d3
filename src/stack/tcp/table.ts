import type { SipHash } from '../siphash.js';
import type { Connection } from './connection.js';
import { type Ends, hashEnds, sameEnds } from './ends.js';
import type { ConnectionPath } from './path.js';
import type { TimeWait } from './time-wait.js';

/** What a segment may belong to. */
export type Entry = Connection | TimeWait;

interface Slot {
  entry: Entry;
  readonly path: ConnectionPath;
  next: Slot | null;
}

/** Connections of a host by both of their ends. */
export class ConnectionTable {
  size = 0;
  private readonly slots = new Map<number, Slot>();
  private readonly hash: SipHash;

  constructor(hash: SipHash) {
    this.hash = hash;
  }

  find(ends: Ends): Entry | null {
    let slot = this.slots.get(hashEnds(this.hash, ends, 0)) ?? null;
    while (slot !== null && !sameEnds(slot.path, ends)) slot = slot.next;
    return slot?.entry ?? null;
  }

  /** Puts an entry in, or in the place of the one with the same ends. */
  put(ends: Ends, path: ConnectionPath, entry: Entry): void {
    const key = hashEnds(this.hash, ends, 0);
    const first = this.slots.get(key) ?? null;
    for (let slot = first; slot !== null; slot = slot.next) {
      if (!sameEnds(slot.path, ends)) continue;
      slot.entry = entry;
      return;
    }
    this.slots.set(key, { entry, path, next: first });
    this.size++;
  }

  /** Takes out the entry if it is still the one with these ends. */
  remove(ends: Ends, entry: Entry): void {
    const key = hashEnds(this.hash, ends, 0);
    let before: Slot | null = null;
    for (let slot = this.slots.get(key) ?? null; slot !== null; before = slot, slot = slot.next) {
      if (slot.entry !== entry) continue;
      if (before !== null) before.next = slot.next;
      else if (slot.next !== null) this.slots.set(key, slot.next);
      else this.slots.delete(key);
      this.size--;
      return;
    }
  }

  *entries(): IterableIterator<Entry> {
    for (const first of this.slots.values()) {
      for (let slot: Slot | null = first; slot !== null; slot = slot.next) yield slot.entry;
    }
  }
}
