import { Alu } from '../opcodes.js';
import type { Test, Value, Values } from './values.js';

/** When a frame is wanted, in terms of values. Parts are tested from left to right, as far as needed. */
export type Condition =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

export function all(...parts: Condition[]): Condition {
  return { kind: 'all', parts };
}

export function any(...parts: Condition[]): Condition {
  return { kind: 'any', parts };
}

export function not(part: Condition): Condition {
  return { kind: 'not', part };
}

/** A comparison in the form that takes the fewest instructions: a constant stands at its right. */
export function test(values: Values, left: Value, comparison: Test['comparison'], right: Value): Condition {
  if (left.kind === 'constant' && right.kind !== 'constant') {
    if (comparison === 'greater') return not(test(values, right, 'at-least', left));
    if (comparison === 'at-least') return not(test(values, right, 'greater', left));
    return test(values, right, comparison, left);
  }
  if (comparison === 'equal' && right.kind === 'constant' && left.kind === 'operation') {
    if (left.right.kind === 'constant') {
      if (left.alu === Alu.add)
        return test(values, left.left, 'equal', values.constant(right.k - left.right.k));
      if (left.alu === Alu.sub)
        return test(values, left.left, 'equal', values.constant(right.k + left.right.k));
    }
    if (right.k === 0) {
      if (left.alu === Alu.and) return not(test(values, left.left, 'common', left.right));
      // A difference is 0 modulo 2^32 only of equal numbers.
      if (left.alu === Alu.sub) return test(values, left.left, 'equal', left.right);
    }
  }
  return { kind: 'test', test: { left, comparison, right } };
}
