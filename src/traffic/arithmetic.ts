import type { Cursor } from './cursor.js';
import type { Token } from './lexer.js';

/** Parentheses inside one another: they take stack. */
const MAX_DEPTH = 250;

/** How tight the operators bind in C; here all bind alike, from left to right. */
const RANKS: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

/** A number, a character, or arithmetic in parentheses. */
export function readNumber(cursor: Cursor, what: string): bigint {
  if (cursor.is('(')) return readTerm(cursor, 0);
  if (cursor.token.kind !== 'number') throw cursor.fault(`expected ${what}, found ${cursor.found()}`);
  return BigInt.asIntN(64, cursor.take().value);
}

/**
 * Arithmetic on signed 64-bit numbers that wrap, as in C, but with operators of one rank, applied from left to
 * right, as trafgen does it: 1 + 2 * 3 is 9. Where C would get something else, the cursor is told.
 */
export function readExpression(cursor: Cursor, depth = 0): bigint {
  const start = cursor.token;
  let result = readTerm(cursor, depth);
  let before = Number.POSITIVE_INFINITY;
  let isMixed = false;
  while (cursor.token.kind === 'sign' && cursor.token.text in RANKS) {
    const operator = cursor.take();
    const rank = RANKS[operator.text];
    if (rank > before) isMixed = true; // C would apply this one before the one to its left
    before = rank;
    result = apply(cursor, operator, result, readTerm(cursor, depth));
  }
  if (isMixed) {
    cursor.warn(
      'operators apply from left to right here, whatever their rank in C: set parentheses',
      start.at,
    );
  }
  return result;
}

function readTerm(cursor: Cursor, depth: number): bigint {
  if (depth > MAX_DEPTH) throw cursor.fault(`parentheses are nested more than ${MAX_DEPTH} deep`);
  if (cursor.accept('-')) return BigInt.asIntN(64, -readTerm(cursor, depth + 1));
  if (!cursor.accept('(')) return readNumber(cursor, 'a number');
  const value = readExpression(cursor, depth + 1);
  cursor.expect(')', 'after the expression');
  return value;
}

function apply(cursor: Cursor, operator: Token, left: bigint, right: bigint): bigint {
  switch (operator.text) {
    case '+':
      return BigInt.asIntN(64, left + right);
    case '-':
      return BigInt.asIntN(64, left - right);
    case '*':
      return BigInt.asIntN(64, left * right);
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '/':
    case '%':
      if (right === 0n) throw cursor.fault('this divides by zero', operator);
      return BigInt.asIntN(64, operator.text === '/' ? left / right : left % right);
    default:
      if (right < 0n || right > 63n) throw cursor.fault('a number is shifted by 0 to 63 bits', operator);
      return operator.text === '<<' ? BigInt.asIntN(64, left << right) : left >> right;
  }
}
