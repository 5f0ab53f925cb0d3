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

  constructor(log: (at: Instance, text: string) => void) {
    this.log = log;
  }

  /** Queues an event for all who are subscribed at this moment. */
  emit(from: Instance, type: string, payload: unknown): void {
    this.emitTo(from.subscribers, from, type, payload);
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

  /** Answers how to put the subscriptions of two blocks back as they are now, their order included. */
  keep(a: Instance, b: Instance): () => void {
    const kept = [a, b].map((of) => ({
      of,
      subscriptions: [...of.subscriptions].map(([to, entry]) => [to, { ...entry }] as const),
      subscribers: [...of.subscribers],
    }));
    return () => {
      for (const { of, subscriptions, subscribers } of kept) {
        of.subscriptions.clear();
        for (const [to, entry] of subscriptions) of.subscriptions.set(to, entry);
        of.subscribers.clear();
        for (const who of subscribers) of.subscribers.add(who);
      }
    };
  }

  /** Joins (delta 1) or parts (delta -1) two blocks by one edge. */
  edge(a: Instance, b: Instance, delta: 1 | -1): void {
    adjust(a, b, delta);
    if (a !== b) adjust(b, a, delta);
  }

  /** False when it was subscribed by `subscribe` already. */
  subscribe(who: Instance, to: Instance, changes: Changes): boolean {
    const entry = who.subscriptions.get(to);
    if (entry?.explicit) return false;
    if (entry) entry.explicit = true;
    else add(who, to, { edges: 0, explicit: true });
    changes.undo(() => dropExplicit(who, to));
    return true;
  }

  /** False when there is no subscription that `subscribe` made. */
  unsubscribe(who: Instance, to: Instance, changes: Changes): boolean {
    const entry = who.subscriptions.get(to);
    if (!entry?.explicit) return false;
    changes.undo(this.keep(who, to));
    dropExplicit(who, to);
    return true;
  }
}

function add(who: Instance, to: Instance, entry: { edges: number; explicit: boolean }): void {
  who.subscriptions.set(to, entry);
  to.subscribers.add(who);
}

function remove(who: Instance, to: Instance): void {
  who.subscriptions.delete(to);
  to.subscribers.delete(who);
}

function adjust(who: Instance, to: Instance, delta: number): void {
  const entry = who.subscriptions.get(to);
  if (!entry) {
    add(who, to, { edges: delta, explicit: false });
    return;
  }
  entry.edges += delta;
  if (entry.edges <= 0 && !entry.explicit) remove(who, to);
}

function dropExplicit(who: Instance, to: Instance): void {
  const entry = who.subscriptions.get(to);
  if (!entry) return;
  entry.explicit = false;
  if (entry.edges <= 0) remove(who, to);
}
