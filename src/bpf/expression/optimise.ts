import { type Branch, inOrder, type Node } from './graph.js';
import { compare, type Test } from './values.js';

/** What is known on the way to a place: the outcomes of the tests through which every way leads. */
interface Fact {
  readonly test: Test;
  readonly holds: boolean;
  readonly before: Fact | null;
  readonly depth: number;
}

/** Rounds of threading and merging; each helps the next, few are ever needed. */
const MAX_ROUNDS = 12;

/**
 * The same graph with fewer tests: edges are led past tests whose outcome is known, and equal tests that lead to the
 * same places become one. A test that makes no difference goes, and with it its loads: such a frame is no longer
 * refused for being too short, as with libpcap.
 */
export function optimise(root: Node): Node {
  let node = root;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const threaded = thread(node);
    const merged = merge(node);
    node = merged.root;
    if (!threaded && !merged.changed) break;
  }
  return node;
}

/** In order, all ways to a branch have been led where they go before it has its turn. */
function thread(root: Node): boolean {
  const facts = new Map<Branch, Fact | null>();
  let changed = false;
  const follow = (target: Node, known: Fact): Node => {
    let end = target;
    for (;;) {
      const outcome = end.test === null ? null : outcomeOf(end.test, known);
      if (end.test === null || outcome === null) break;
      end = outcome ? end.yes : end.no;
      changed = true;
    }
    if (end.test !== null) {
      const others = facts.get(end);
      facts.set(end, others === undefined ? known : common(others, known));
    }
    return end;
  };
  if (root.test !== null) facts.set(root, null);
  for (const branch of inOrder(root)) {
    const before = facts.get(branch);
    if (before === undefined) continue; // no way leads here any more
    const depth = before === null ? 1 : before.depth + 1;
    const { test } = branch;
    branch.yes = follow(branch.yes, { test, holds: true, before, depth });
    branch.no = follow(branch.no, { test, holds: false, before, depth });
  }
  return changed;
}

/** What is known on both ways. */
function common(left: Fact | null, right: Fact | null): Fact | null {
  let [a, b] = [left, right];
  while (a !== b) {
    const [depthA, depthB] = [a?.depth ?? 0, b?.depth ?? 0];
    if (depthA >= depthB) a = a?.before ?? null;
    if (depthB >= depthA) b = b?.before ?? null;
  }
  return a;
}

function outcomeOf(test: Test, known: Fact): boolean | null {
  for (let fact: Fact | null = known; fact !== null; fact = fact.before) {
    if (fact.test.left !== test.left) continue;
    if (fact.test.comparison === test.comparison && fact.test.right === test.right) return fact.holds;
    const outcome = implied(test, fact);
    if (outcome !== null) return outcome;
  }
  return null;
}

/** Outcome of a test of a number, where a fact about the same number tells it. */
function implied({ comparison, right }: Test, fact: Fact): boolean | null {
  const known = fact.test.right;
  if (right.kind !== 'constant' || known.kind !== 'constant') return null;
  const [low, high] = range(fact.test.comparison, known.k, fact.holds);
  if (low === high) return compare(comparison, low, right.k);
  if (comparison === 'common') return null;
  if (comparison === 'equal') return right.k < low || right.k > high ? false : null;
  const [least, most] = [compare(comparison, low, right.k), compare(comparison, high, right.k)];
  return least === most ? least : null;
}

function range(comparison: Test['comparison'], k: number, holds: boolean): readonly [number, number] {
  switch (comparison) {
    case 'equal':
      return holds ? [k, k] : [0, 0xffffffff];
    case 'greater':
      return holds ? [k + 1, 0xffffffff] : [0, k];
    case 'at-least':
      return holds ? [k, 0xffffffff] : [0, k - 1];
    default:
      return [0, 0xffffffff];
  }
}

/** From the ends backwards, so that what a branch leads to is merged already. */
function merge(root: Node): { root: Node; changed: boolean } {
  const replaced = new Map<Node, Node>();
  const numbers = new Map<Node, number>();
  const byKey = new Map<string, Branch>();
  let changed = false;
  const final = (node: Node) => replaced.get(node) ?? node;
  const numberOf = (node: Node): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };
  for (const branch of inOrder(root).reverse()) {
    branch.yes = final(branch.yes);
    branch.no = final(branch.no);
    const { left, comparison, right } = branch.test;
    const key = `${left.id} ${comparison} ${right.id} ${numberOf(branch.yes)} ${numberOf(branch.no)}`;
    const same = branch.yes === branch.no ? branch.yes : byKey.get(key);
    if (same === undefined) {
      byKey.set(key, branch);
    } else {
      replaced.set(branch, same);
      changed = true;
    }
  }
  return { root: final(root), changed };
}
