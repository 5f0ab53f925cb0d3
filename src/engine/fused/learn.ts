import type { Printed } from './expression.js';
import type { Known } from './known.js';
import { NAMES } from './place.js';
import type { AnyNode } from './tree.js';

const LENGTH = `${NAMES.frame}.length`;
const DIRECTION = `${NAMES.frame}.direction`;

/**
 * Takes into `known` what a test says of the frame when it holds, or when it does not. The test itself must leave the frame
 * as it is.
 */
export function learn(test: AnyNode, holds: boolean, known: Known, see: (of: AnyNode) => Printed): void {
  if (test.type === 'LogicalExpression') {
    // Both halves are certain only of `a && b` that holds, and of `a || b` that does not.
    if ((test.operator === '&&') !== holds) return;
    learn(test.left, holds, known, see);
    learn(test.right, holds, known, see);
    return;
  }
  if (test.type === 'UnaryExpression' && test.operator === '!') {
    learn(test.argument, !holds, known, see);
    return;
  }
  if (test.type !== 'BinaryExpression') return;
  const left = see(test.left).code;
  const { value } = see(test.right);
  if (typeof value !== 'number') return;
  if (left === LENGTH) {
    const least = leastLength(test.operator, value, holds);
    if (Number.isInteger(least)) known.minLength = Math.max(known.minLength, least);
  } else if (left === DIRECTION && (value === 0 || value === 1)) {
    const same = test.operator === '===' ? holds : test.operator === '!==' ? !holds : null;
    if (same === true) known.direction = value;
    if (same === false) known.direction = value === 0 ? 1 : 0;
  }
}

function leastLength(operator: string, value: number, holds: boolean): number {
  if (operator === '===' && holds) return value;
  if (operator === '!==' && !holds) return value;
  if ((operator === '<' && !holds) || (operator === '>=' && holds)) return value;
  if ((operator === '<=' && !holds) || (operator === '>' && holds)) return value + 1;
  return 0;
}
