import type { Engine } from '../engine/engine.js';

/**
 * What is wrong with an engine's account of frames, as sentences; empty when all is well:
 * in + created = out + consumed + dropped + held, every drop has a line in the ledger, and every frame of the pool is
 * either free or known to be held. `outside` is how many frames the caller itself has taken from the pool.
 */
export function accountFaults(engine: Engine, outside = 0): string[] {
  const totals = engine.totals();
  const held = engine.held();
  const faults: string[] = [];
  const { crossedIn, crossedOut } = engine.exchange;
  const came = totals.in + totals.created + crossedIn;
  const went = totals.out + totals.consumed + totals.dropped + held + crossedOut;
  if (came !== went) {
    faults.push(
      `in ${totals.in} + created ${totals.created} is not out ${totals.out} + consumed ${totals.consumed} + dropped ${totals.dropped} + held ${held}`,
    );
  }
  const lines = engine.drops().reduce((sum, line) => sum + line.count, 0);
  if (lines !== totals.dropped) faults.push(`the ledger has ${lines} drops, the account ${totals.dropped}`);
  const inside = held - unread(engine);
  const used = engine.pool.size - engine.pool.free;
  if (used !== inside + outside) faults.push(`${used} frames of the pool are in use, ${inside} held`);
  return faults;
}

/** Frames that applications have not read: they are in rings, not in the pool. */
function unread(engine: Engine): number {
  let count = 0;
  for (const joint of engine.joints()) count += joint.link.held();
  return count;
}
