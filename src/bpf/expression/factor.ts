import type { Condition } from './condition.js';
import { decided, type Test } from './values.js';

/**
 * A condition without `not` around groups, whose groups hold no group of their own kind. Equal ones are the same
 * object. An empty `all` is always true, an empty `any` never.
 */
export type Factored =
  | { readonly kind: 'test'; readonly id: number; readonly test: Test; readonly holds: boolean }
  | Group;

interface Group {
  readonly kind: 'all' | 'any';
  readonly id: number;
  readonly parts: readonly Factored[];
}

/**
 * Takes out what alternatives begin with in common, (a and b) or (a and c) = a and (b or c), and brings tests of the
 * same value together. The order of the other tests changes with it, which matters only for frames that are too
 * short for one of them. libpcap does the like.
 */
export function factor(condition: Condition): Factored {
  return new Factoring().normal(condition, true);
}

class Factoring {
  private readonly known = new Map<string, Factored>();

  /** The condition, or its opposite. */
  normal(condition: Condition, holds: boolean): Factored {
    if (condition.kind === 'not') return this.normal(condition.part, !holds);
    if (condition.kind !== 'test') {
      const kind = holds ? condition.kind : dual(condition.kind);
      const parts = condition.parts.map((part) => this.normal(part, holds));
      return this.combine(kind, parts);
    }
    const { test } = condition;
    const always = decided(test);
    if (always !== null) return this.group(always === holds ? 'all' : 'any', []);
    const key = `${test.left.id} ${test.comparison} ${test.right.id} ${holds}`;
    return this.intern(key, (id) => ({ kind: 'test', id, test, holds }));
  }

  private combine(kind: 'all' | 'any', given: readonly Factored[]): Factored {
    const parts = given.flatMap((part) => (part.kind === kind ? part.parts : [part]));
    // Always true in `any`, never true in `all`.
    const settled = parts.find((part) => part.kind === dual(kind) && part.parts.length === 0);
    if (settled !== undefined) return settled;
    const byHead = gather(parts, (part) => headOf(part, kind).id);
    const merged = byHead.map((same) => this.merge(kind, same));
    const clustered = gather(merged, (part) => firstTest(part)?.left.id ?? -1).flat();
    return clustered.length === 1 ? clustered[0] : this.group(kind, clustered);
  }

  /** Parts that begin with the same condition. */
  private merge(kind: 'all' | 'any', same: readonly Factored[]): Factored {
    const head = headOf(same[0], kind);
    // Nothing but the head: what further parts ask for in addition makes no difference.
    if (same.length === 1 || same.includes(head)) return same.includes(head) ? head : same[0];
    const rests = same.map((part) =>
      this.combine(dual(kind), part.kind === 'test' ? [] : part.parts.slice(1)),
    );
    return this.combine(dual(kind), [head, this.combine(kind, rests)]);
  }

  private group(kind: 'all' | 'any', parts: readonly Factored[]): Factored {
    return this.intern(`${kind} ${parts.map(({ id }) => id).join()}`, (id) => ({ kind, id, parts }));
  }

  private intern(key: string, make: (id: number) => Factored): Factored {
    let one = this.known.get(key);
    if (one === undefined) {
      one = make(this.known.size);
      this.known.set(key, one);
    }
    return one;
  }
}

function dual(kind: 'all' | 'any'): 'all' | 'any' {
  return kind === 'all' ? 'any' : 'all';
}

/** What is tested first, in a part of a group of this kind. */
function headOf(part: Factored, kind: 'all' | 'any'): Factored {
  return part.kind === dual(kind) && part.parts.length > 0 ? part.parts[0] : part;
}

function firstTest(part: Factored): Test | null {
  let first: Factored | undefined = part;
  while (first !== undefined && first.kind !== 'test') first = first.parts[0];
  return first?.test ?? null;
}

/** Brings equal keys together, in the order of their first ones. */
function gather<T>(list: readonly T[], keyOf: (one: T) => number): T[][] {
  const lists = new Map<number, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const same = lists.get(key);
    if (same) same.push(one);
    else lists.set(key, [one]);
  }
  return [...lists.values()];
}
