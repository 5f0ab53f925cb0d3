import type { Factored } from './factor.js';
import type { Test } from './values.js';

/** A test and where it leads; or, without a test, an end that accepts or refuses the frame. */
export type Node = Branch | End;

export interface Branch {
  readonly test: Test;
  yes: Node;
  no: Node;
}

export interface End {
  readonly test: null;
  readonly accepts: boolean;
}

export const ACCEPT: End = { test: null, accepts: true };
export const REFUSE: End = { test: null, accepts: false };

/** Most tests before optimisation, which takes quadratic time. Few of them go then: 4096 instructions hold fewer. */
const MAX_BRANCHES = 6000;

/** The graph of tests for a condition; null where it has too many. Its edges never lead in a circle. */
export function graphOf(condition: Factored): Node | null {
  let branches = 0;
  const lower = (part: Factored, yes: Node, no: Node): Node => {
    switch (part.kind) {
      case 'all':
        return part.parts.reduceRight((next, one) => lower(one, next, no), yes);
      case 'any':
        return part.parts.reduceRight((next, one) => lower(one, yes, next), no);
      default: {
        if (++branches > MAX_BRANCHES) return no;
        const { test, holds } = part;
        return holds ? { test, yes, no } : { test, yes: no, no: yes };
      }
    }
  };
  const root = lower(condition, ACCEPT, REFUSE);
  return branches > MAX_BRANCHES ? null : root;
}

/** The branches that can be reached, each behind all that lead to it; what follows a test that holds comes first. */
export function inOrder(root: Node): Branch[] {
  const seen = new Set<Branch>();
  const order: Branch[] = [];
  // Each branch is on the stack twice: to visit what it leads to, then to be put into the list.
  const stack: Array<{ node: Node; done: boolean }> = [{ node: root, done: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, done } = top;
    if (node.test === null) continue;
    if (done) {
      order.push(node);
    } else if (!seen.has(node)) {
      seen.add(node);
      stack.push({ node, done: true }, { node: node.yes, done: false }, { node: node.no, done: false });
    }
  }
  return order.reverse();
}
