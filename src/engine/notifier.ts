import type { BlockEvent } from '../contract/block.js';
import type { Changes } from './changes.js';
import type { Instance } from './instance.js';

/**
 * Who is told of whose events (seed 004 §4.2.3). Blocks that are bound to each other are subscribed to each
 * other for as long as an edge joins them; further subscriptions are asked for one by one. Events wait in one
 * queue and are delivered in the order of their making, between batches.
 */
export class Notifier {
  private readonly queue: { to: Instance; event: BlockEvent }[] = [];
  private readonly log: (at: Instance, text: string) => void;
  /** Subscriptions made so far. */
  private made = 0;

  constructor(log: (at: Instance, text: string) => void) {
    this.log = log;
  }

  /** Queues an event for all who are subscribed at this moment. */
  emit(from: Instance, type: string, payload: unknown): void {
    this.emitTo(from.listeners(), from, type, payload);
  }

  emitTo(who: Iterable<Instance>, from: Instance, type: string, payload: unknown): void {
    const event: BlockEvent = { type, from: from.name, fromIdp: from.idp, payload };
    for (const to of who) this.queue.push({ to, event });
  }

  /** Delivers what waits, and what that causes, up to a bound: the rest comes with the next call. */
  deliver(): void {
    for (let budget = 10_000; this.queue.length > 0 && budget > 0; budget--) {
      const { to, event } = this.queue.shift()!;
      to.remember(event);
      try {
        to.block.onEvent?.(event);
      } catch (error) {
        this.log(to, `error in handling event ${event.type} of ${event.from}: ${String(error)}`);
      }
    }
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Forgets all events behind the first `count`: what caused them was taken back. */
  forget(count: number): void {
    this.queue.length = Math.min(this.queue.length, count);
  }

  /** Answers how to give the subscriptions between two blocks back their place in the order, once they are there again. */
  keepPlaces(a: Instance, b: Instance): () => void {
    const [ab, ba] = [a.subscriptions.get(b)?.since, b.subscriptions.get(a)?.since];
    return () => {
      setSince(a, b, ab);
      setSince(b, a, ba);
    };
  }

  /** Joins (delta 1) or parts (delta -1) two blocks by one edge. */
  edge(a: Instance, b: Instance, delta: 1 | -1): void {
    this.adjust(a, b, delta);
    if (a !== b) this.adjust(b, a, delta);
  }

  /** False when it was subscribed by `subscribe` already. */
  subscribe(who: Instance, to: Instance, changes: Changes): boolean {
    const entry = who.subscriptions.get(to);
    if (entry?.explicit) return false;
    if (entry) entry.explicit = true;
    else this.add(who, to, 0, true);
    changes.undo(() => dropExplicit(who, to));
    return true;
  }

  /** False when there is no subscription that `subscribe` made. */
  unsubscribe(who: Instance, to: Instance, changes: Changes): boolean {
    const entry = who.subscriptions.get(to);
    if (!entry?.explicit) return false;
    const { since } = entry;
    dropExplicit(who, to);
    changes.undo(() => {
      const now = who.subscriptions.get(to);
      if (now) now.explicit = true;
      else this.add(who, to, 0, true);
      setSince(who, to, since);
    });
    return true;
  }

  private add(who: Instance, to: Instance, edges: number, explicit: boolean): void {
    who.subscriptions.set(to, { edges, explicit, since: ++this.made });
    to.subscribers.add(who);
  }

  private adjust(who: Instance, to: Instance, delta: number): void {
    const entry = who.subscriptions.get(to);
    if (!entry) {
      this.add(who, to, delta, false);
      return;
    }
    entry.edges += delta;
    if (entry.edges <= 0 && !entry.explicit) remove(who, to);
  }
}

function remove(who: Instance, to: Instance): void {
  who.subscriptions.delete(to);
  to.subscribers.delete(who);
}

function setSince(who: Instance, to: Instance, since: number | undefined): void {
  const entry = who.subscriptions.get(to);
  if (entry && since !== undefined) entry.since = since;
}

function dropExplicit(who: Instance, to: Instance): void {
  const entry = who.subscriptions.get(to);
  if (!entry) return;
  entry.explicit = false;
  if (entry.edges <= 0) remove(who, to);
}
