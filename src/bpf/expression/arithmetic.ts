import type { Cursor } from './cursor.js';
import { CONSTANTS, PROTOCOLS } from './names.js';
import type { Arithmetic, Operator, Relation } from './syntax.js';

/** From the loosest to the tightest, as in libpcap. */
const RANKS: readonly (readonly Operator[])[] = [['|'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/']];
/** Their right side is all that follows: libpcap's grammar gives them no rank, so `2 % 3 + 1` is `2 % (3 + 1)`. */
const UNRANKED: readonly Operator[] = ['%', '^'];

const COMPARISONS: ReadonlyMap<string, Relation['operator']> = new Map([
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['>', '>'],
  ['>=', '>='],
  ['<', '<'],
  ['<=', '<='],
]);

/** True when a comparison begins here: `len`, a constant's name, `-`, or bytes of a header. */
export function beginsRelation(cursor: Cursor): boolean {
  const { kind, text } = cursor.token;
  if (kind === 'sign') return text === '-' || (text === '(' && cursor.isArithmetic());
  if (kind === 'number') return cursor.isArithmetic();
  if (kind !== 'word') return false;
  return text === 'len' || CONSTANTS.has(text) || (PROTOCOLS.has(text) && cursor.following.text === '[');
}

/** Two numbers compared: `tcp[tcpflags] & tcp-syn != 0`. */
export function relation(cursor: Cursor): Relation {
  const left = arithmetic(cursor, 0);
  const operator = COMPARISONS.get(cursor.token.text);
  if (operator === undefined) {
    return cursor.fail(`expected a comparison such as '=' or '>', found ${cursor.found()}`);
  }
  cursor.take();
  return { kind: 'relation', left, operator, right: arithmetic(cursor, 0) };
}

function arithmetic(cursor: Cursor, rank: number): Arithmetic {
  if (rank === RANKS.length) return operand(cursor);
  let left = arithmetic(cursor, rank + 1);
  // A long chain leans to the left as deep as it is long.
  for (let links = 1; ; links++) {
    const { at } = cursor.token;
    const operator = RANKS[rank].find((one) => cursor.is(one));
    if (operator === undefined) return left;
    if (links > 250) cursor.fail('more than 250 operators in a row');
    cursor.take();
    left = { kind: 'operation', operator, left, right: arithmetic(cursor, rank + 1), at };
  }
}

function operand(cursor: Cursor): Arithmetic {
  const left = single(cursor);
  const { at } = cursor.token;
  const operator = UNRANKED.find((one) => cursor.is(one));
  if (operator === undefined) return left;
  cursor.take();
  return { kind: 'operation', operator, left, right: cursor.nested(() => arithmetic(cursor, 0)), at };
}

function single(cursor: Cursor): Arithmetic {
  if (cursor.token.kind === 'number') return { kind: 'number', value: cursor.take().value };
  if (cursor.accept('-')) return { kind: 'negative', operand: cursor.nested(() => operand(cursor)) };
  if (cursor.accept('len')) return { kind: 'length' };
  if (cursor.accept('(')) {
    const inner = cursor.nested(() => arithmetic(cursor, 0));
    cursor.expect(')', 'behind the arithmetic');
    return inner;
  }
  const { kind, text } = cursor.token;
  const constant = kind === 'word' ? CONSTANTS.get(text) : undefined;
  if (constant !== undefined) {
    cursor.take();
    return { kind: 'number', value: constant };
  }
  if (kind === 'word' && PROTOCOLS.has(text)) return access(cursor);
  return cursor.fail(`expected a number, len or bytes such as ip[9], found ${cursor.found()}`);
}

function access(cursor: Cursor): Arithmetic {
  const { text: protocol, at } = cursor.take();
  if (PROTOCOLS.get(protocol)?.layer === null) cursor.fail(`the bytes of ${protocol} cannot be read`, at);
  const { tags } = cursor;
  cursor.expect('[', `behind ${protocol}`);
  const index = cursor.nested(() => arithmetic(cursor, 0));
  const size = cursor.accept(':') ? accessSize(cursor) : 1;
  cursor.expect(']', `behind the bytes of ${protocol}`);
  return { kind: 'access', protocol, index, size, tags, at };
}

function accessSize(cursor: Cursor): 1 | 2 | 4 {
  const { kind, value } = cursor.token;
  if (kind !== 'number' || (value !== 1 && value !== 2 && value !== 4)) {
    return cursor.fail(`expected 1, 2 or 4 bytes, found ${cursor.found()}`);
  }
  cursor.take();
  return value;
}
