import { beginsRelation, relation } from './arithmetic.js';
import { Cursor } from './cursor.js';
import { clip } from './lexer.js';
import { PROTOCOLS, UNSUPPORTED } from './names.js';
import { bareProtocol, broadcast, multicast, type Qualifiers, value } from './primitives.js';
import type { Arithmetic, Expression } from './syntax.js';

/** A part, and the qualifiers that a bare address or number behind it takes over: `port 80 or 443`. */
interface Parsed {
  readonly expression: Expression;
  readonly qualifiers: Qualifiers | null;
}

/** Reads an expression of pcap-filter(7). Throws BpfError with the place of the fault. */
export function parseExpression(text: string): Expression {
  const cursor = new Cursor(text);
  const { expression } = logical(cursor, null);
  if (cursor.token.kind !== 'end') {
    cursor.fail(`expected 'and', 'or' or the end of the expression, found ${cursor.found()}`);
  }
  return expression;
}

function logical(cursor: Cursor, inherited: Qualifiers | null): Parsed {
  return chain(cursor, term(cursor, inherited), (qualifiers) => term(cursor, qualifiers));
}

/** `and` and `or` are of equal rank and group from the left. */
function chain(cursor: Cursor, first: Parsed, next: (inherited: Qualifiers | null) => Parsed): Parsed {
  let { qualifiers } = first;
  let kind: 'and' | 'or' | null = null;
  let parts = [first.expression];
  for (let changes = 0; ; ) {
    const conjoined = conjunction(cursor);
    if (kind !== null && conjoined !== kind) {
      parts = [{ kind, parts }];
      if (++changes > 250) cursor.fail("more than 250 changes between 'and' and 'or' in a row");
    }
    if (conjoined === null) return { expression: parts[0], qualifiers };
    const right = next(qualifiers);
    kind = conjoined;
    parts.push(right.expression);
    qualifiers = right.qualifiers;
  }
}

function conjunction(cursor: Cursor): 'and' | 'or' | null {
  if (cursor.accept('and', '&&')) return 'and';
  return cursor.accept('or', '||') ? 'or' : null;
}

function term(cursor: Cursor, inherited: Qualifiers | null): Parsed {
  if (cursor.accept('not', '!')) {
    const { expression, qualifiers } = cursor.nested(() => term(cursor, inherited));
    return { expression: { kind: 'not', part: expression }, qualifiers };
  }
  if (beginsRelation(cursor)) return { expression: relation(cursor), qualifiers: null };
  if (cursor.accept('(')) {
    const { expression } = cursor.nested(() => logical(cursor, inherited));
    cursor.expect(')', "behind the part that began with '('");
    return { expression, qualifiers: inherited };
  }
  const { kind } = cursor.token;
  if (kind === 'end') return cursor.fail('expected an expression such as tcp or port 80, found its end');
  if (kind === 'word' && !cursor.token.text.startsWith('\\')) return primitive(cursor);
  if (kind === 'sign')
    return cursor.fail(`expected an expression such as tcp or port 80, found ${cursor.found()}`);
  if (inherited === null) {
    return cursor.fail(`what is ${cursor.found()}? write host, net, port, portrange or proto before it`);
  }
  return { expression: value(cursor, inherited), qualifiers: inherited };
}

/** What begins with a key word. */
function primitive(cursor: Cursor): Parsed {
  const done = (expression: Expression): Parsed => ({ expression, qualifiers: null });
  const { text, at } = cursor.token;
  if (cursor.accept('vlan')) return done(vlan(cursor));
  if (cursor.accept('less')) return done(compareLength(cursor, '<='));
  if (cursor.accept('greater')) return done(compareLength(cursor, '>='));
  const protocol = PROTOCOLS.has(text) ? cursor.take().text : null;
  if (cursor.accept('broadcast')) return done(broadcast(cursor, protocol, at));
  if (cursor.accept('multicast')) return done(multicast(cursor, protocol, at));
  const before = cursor.token.at;
  const direction = directionWord(cursor);
  const kind = kindWord(cursor);
  if (direction === null && kind === null) {
    if (protocol !== null) return done(bareProtocol(cursor, protocol, at));
    if (UNSUPPORTED.has(text))
      return cursor.fail(`${clip(text)} is not supported; docs/filters.md says what is`);
    return cursor.fail(
      `${clip(text)} is no word of the filter language; names of hosts and ports are not looked up`,
    );
  }
  const qualifiers = { protocol, direction, kind: kind ?? 'host', at: protocol === null ? before : at };
  return { expression: identifiers(cursor, qualifiers), qualifiers };
}

function directionWord(cursor: Cursor): Qualifiers['direction'] {
  const word = cursor.accept('src') ? 'src' : cursor.accept('dst') ? 'dst' : null;
  if (word === null) return null;
  const { kind, text } = cursor.following;
  if (kind === 'word' && text === (word === 'src' ? 'dst' : 'src')) {
    const conjoined = conjunction(cursor);
    if (conjoined !== null) {
      cursor.take();
      return conjoined === 'and' ? 'both' : 'either';
    }
  }
  return word === 'src' ? 'source' : 'destination';
}

function kindWord(cursor: Cursor): Qualifiers['kind'] | null {
  const kinds = ['host', 'net', 'port', 'portrange', 'proto'] as const;
  return kinds.find((kind) => cursor.accept(kind)) ?? null;
}

/** `80`, `not 80`, `(80 or 443)`: what the qualifiers before it are about. */
function identifiers(cursor: Cursor, qualifiers: Qualifiers): Expression {
  if (cursor.accept('not', '!')) {
    return { kind: 'not', part: cursor.nested(() => identifiers(cursor, qualifiers)) };
  }
  if (!cursor.accept('(')) return value(cursor, qualifiers);
  const next = (): Parsed => ({ expression: identifiers(cursor, qualifiers), qualifiers });
  const { expression } = cursor.nested(() => chain(cursor, next(), next));
  cursor.expect(')', `behind the list for ${qualifiers.kind}`);
  return expression;
}

function vlan(cursor: Cursor): Expression {
  const { tags } = cursor;
  const { kind, value: id } = cursor.token;
  if (kind === 'number' && id > 4095) cursor.fail(`VLAN ${id} does not exist; use 0 to 4095`);
  cursor.tags++;
  return { kind: 'vlan', id: kind === 'number' ? cursor.take().value : null, tags };
}

function compareLength(cursor: Cursor, operator: '<=' | '>='): Expression {
  if (cursor.token.kind !== 'number') cursor.fail(`expected a number of bytes, found ${cursor.found()}`);
  const right: Arithmetic = { kind: 'number', value: cursor.take().value };
  return { kind: 'relation', left: { kind: 'length' }, operator, right };
}
