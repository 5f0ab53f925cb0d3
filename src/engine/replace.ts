import type { Block } from '../contract/block.js';
import { QuipuError } from '../contract/error.js';
import { portName, portNumber } from '../contract/port.js';
import type { Changes } from './changes.js';
import type { Surroundings } from './context.js';
import { isCrossing } from './crossing.js';
import type { Instance } from './instance.js';
import type { Lifecycle } from './lifecycle.js';
import type { Registry } from './registry.js';
import type { Timers } from './timers.js';

/** What became of the old block's state. */
export type StateFate = 'kept' | 'migrated' | 'dropped' | 'fresh';

/**
 * Puts `next` in the place of `old`: it takes over the information dispatch point, the bindings both
 * ways, the subscriptions both ways and, unless `dropState`, the state: as it is when both are of one
 * type, through `migrate` when the new type knows the old one. `next` must not be in use; the old block is
 * removed. Frames notice nothing (seed 004 §4.2.1, `fblock_migrate_p` and `_r`).
 */
export function replaceBlock(
  old: Instance,
  next: Instance,
  dropState: boolean,
  registry: Registry,
  lifecycle: Lifecycle,
  around: Surroundings,
  changes: Changes,
): StateFate {
  if (old === next) throw new QuipuError('bad-request', `${old.name} cannot replace itself`);
  if (next.references > 1) {
    throw new QuipuError(
      'in-use',
      `${next.name} is in use: a block that replaces another must not be bound or subscribed`,
    );
  }
  const moves = matchPorts(old, next);
  const fate = moveState(old, next, dropState, around.dispatch.timers, changes);
  movePlace(old, next, moves, registry, lifecycle, changes);
  changes.notice(() => {
    around.log(next, `took the place of ${old.name} at IDP${next.idp}, state ${fate}`);
    around.notifier.emit(next, 'replaced', { old: old.name, idp: next.idp, state: fate });
  });
  return fate;
}

/** Bound ports of the old block and the ports of the same name of the new one. */
function matchPorts(old: Instance, next: Instance): { from: number; to: number }[] {
  const moves = [];
  for (let from = 0; from < old.ports.length; from++) {
    if (old.ports[from] === 0) continue;
    const name = portName(old.type.ports, from);
    const to = portNumber(next.type.ports, name);
    if (to < 0) {
      throw new QuipuError(
        'no-free-port',
        `${next.name} (${next.type.kind}) has no port "${name}", which ${old.name} has bound: unbind it first`,
      );
    }
    moves.push({ from, to });
  }
  return moves;
}

function moveState(
  old: Instance,
  next: Instance,
  dropState: boolean,
  timers: Timers,
  changes: Changes,
): StateFate {
  if (dropState) return 'dropped';
  const fields = stateFields(next);
  if (old.type === next.type) {
    // Exchanged, not shared: the old block's destructor must not end frames that the new one keeps, and
    // what has been counted meanwhile goes back with a change that is taken back.
    const swap = () => {
      exchange(old, next, fields);
      const [wakeOld, wakeNext] = [old.wakeTime, next.wakeTime];
      timers.set(old, wakeNext);
      timers.set(next, wakeOld);
    };
    swap();
    changes.undo(swap);
    return 'kept';
  }
  if (isCrossing(old.type) || isCrossing(next.type)) {
    // The state is where the block is. What was counted here stays here.
    if (old.type.kind !== next.type.kind) return 'fresh';
    const swap = () => exchange(old, next, Object.keys(next.type.counters));
    swap();
    changes.undo(swap);
    return 'kept';
  }
  const target = next.block as unknown as Record<string, unknown>;
  const before = new Map(fields.map((field) => [field, target[field]]));
  changes.undo(() => {
    for (const [field, value] of before) target[field] = value;
  });
  return next.block.migrate?.(old.block as Block, old.type.kind) ? 'migrated' : 'fresh';
}

function exchange(a: Instance, b: Instance, fields: readonly string[]): void {
  const [left, right] = [a.block, b.block] as unknown as Record<string, unknown>[];
  for (const field of fields) [left[field], right[field]] = [right[field], left[field]];
}

function stateFields(of: Instance): string[] {
  return [...Object.keys(of.type.counters), ...(of.type.state ?? [])];
}

function movePlace(
  old: Instance,
  next: Instance,
  moves: readonly { from: number; to: number }[],
  registry: Registry,
  lifecycle: Lifecycle,
  changes: Changes,
): void {
  const before = {
    idp: next.idp,
    ports: next.ports.slice(),
    oldPorts: old.ports.slice(),
    incoming: old.incoming,
  };
  lifecycle.retire(old, changes);
  registry.removeIdp(next);
  next.idp = old.idp;
  registry.put(next);
  for (const { from, to } of moves) next.ports[to] = old.ports[from];
  old.ports.fill(0);
  next.incoming = old.incoming;
  old.incoming = 0;
  moveSubscriptions(old, next);
  changes.undo(() => {
    moveSubscriptions(next, old);
    old.incoming = before.incoming;
    next.incoming = 0;
    old.ports.set(before.oldPorts);
    next.ports.set(before.ports);
    registry.removeIdp(next);
    next.idp = before.idp;
    registry.put(next);
  });
}

/** Hands all subscriptions, each with its place in the order, from one block to another that has none. */
function moveSubscriptions(from: Instance, to: Instance): void {
  for (const [target, entry] of [...from.subscriptions]) {
    from.subscriptions.delete(target);
    target.subscribers.delete(from);
    const now = target === from ? to : target;
    to.subscriptions.set(now, entry);
    now.subscribers.add(to);
  }
  for (const who of [...from.subscribers]) {
    const entry = who.subscriptions.get(from);
    who.subscriptions.delete(from);
    from.subscribers.delete(who);
    if (entry) who.subscriptions.set(to, entry);
    to.subscribers.add(who);
  }
}
