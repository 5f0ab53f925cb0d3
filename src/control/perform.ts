import { QuipuError } from '../contract/error.js';
import type { Changes } from '../engine/changes.js';
import type { Engine } from '../engine/engine.js';
import type { Action } from './actions.js';

/** Does one action of a transaction. Answers more to say about it, or nothing. Throws QuipuError. */
export function perform(engine: Engine, action: Action, changes: Changes): Record<string, unknown> {
  const { registry, lifecycle, bindings, notifier } = engine;
  const find = (name: string) => registry.find(name);
  switch (action.do) {
    case 'add': {
      const { name, type } = action;
      const config = action.untyped ? typed(engine, type, action.config) : action.config;
      return { name, idp: lifecycle.add(name, type, config, changes).idp };
    }
    case 'rm':
      lifecycle.remove(find(action.name), action.mode, changes);
      return {};
    case 'set': {
      const instance = find(action.name);
      const { untyped, options } = action;
      const known = untyped ? typed(engine, instance.type.kind, options, instance.config) : options;
      lifecycle.configure(instance, known, changes);
      return {};
    }
    case 'bind':
      bindings.bind(find(action.upper), find(action.lower), changes);
      return {};
    case 'unbind':
      bindings.unbind(find(action.upper), find(action.lower), changes);
      return {};
    case 'connect':
      bindings.connect(find(action.from), action.port, find(action.to), changes);
      return {};
    case 'disconnect':
      bindings.disconnect(find(action.from), action.port, changes);
      return {};
    case 'subscribe': {
      const [who, to] = [find(action.who), find(action.to)];
      if (who === to) throw new QuipuError('bad-request', `${who.name} cannot subscribe to itself`);
      if (!notifier.subscribe(who, to, changes)) {
        throw new QuipuError('name-taken', `${who.name} is subscribed to ${to.name} already`);
      }
      return {};
    }
    case 'unsubscribe': {
      const [who, to] = [find(action.who), find(action.to)];
      if (!notifier.unsubscribe(who, to, changes))
        throw notSubscribed(who.name, to.name, who.subscriptions.has(to));
      return {};
    }
    case 'replace': {
      const state = engine.replace(find(action.old), find(action.new), action.drop, changes);
      return { state };
    }
    case 'notify': {
      const from = find(action.from);
      const told = from.listeners(); // those of now: a later action may part them
      changes.notice(() => notifier.emitTo(told, from, action.event, action.payload ?? null));
      return { subscribers: told.length };
    }
  }
}

function notSubscribed(who: string, to: string, bound: boolean): QuipuError {
  const why = bound ? ': they are bound, and tell each other for as long as they are' : '';
  return new QuipuError('not-bound', `${who} has no subscription of its own to ${to}${why}`);
}

/**
 * Option values that came as text: a JSON object (`{"kind": "tap", …}`) is taken as that, and so is a value that the
 * type's schema refuses as text but takes as JSON (`10`, `true`).
 */
function typed(
  engine: Engine,
  kind: string,
  values: Record<string, unknown>,
  before: Record<string, unknown> = {},
): Record<string, unknown> {
  const schema = engine.builder.find(kind).config;
  const result: Record<string, unknown> = Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const object = typeof value === 'string' && value.trimStart().startsWith('{') ? fromJson(value) : value;
      return [key, object];
    }),
  );
  for (let round = 0; round < 2; round++) {
    const checked = schema.safeParse({ ...before, ...result });
    if (checked.success) return result;
    for (const issue of checked.error.issues) {
      const key = String(issue.path[0] ?? '');
      const value = result[key];
      if (typeof value === 'string') result[key] = fromJson(value);
    }
  }
  return result;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
