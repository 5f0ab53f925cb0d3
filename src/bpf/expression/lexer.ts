import { BpfError } from '../tuples.js';
import { parseIpv6, parseMac } from './addresses.js';

/**
 * A piece of a filter expression. `word` holds names and key words in lower case, an escaped one (`\tcp`) with its
 * backslash; `sign` holds operators and brackets.
 */
export interface Token {
  readonly kind: 'word' | 'sign' | 'number' | 'ipv4' | 'ipv6' | 'mac' | 'end';
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** The number of a `number`. */
  readonly value: number;
  /** The numbers of an address: 1 to 4 parts of `ipv4`, four words of `ipv6`, six bytes of `mac`. */
  readonly parts: readonly number[];
}

/** Longest expression, in characters: bounds the time that a hostile one takes. */
export const MAX_TEXT = 65_536;

const SPACE = /\s+/y;
const COLONS = /[0-9a-f]*(?::[0-9a-f.]*){2,}/iy;
const DASHED_MAC = /(?:[0-9a-f]{1,2}-){5}[0-9a-f]{1,2}(?![\w-])/iy;
const UNSEPARATED_MAC = /(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![\w.])|[0-9a-f]{12}(?!\w)/iy;
const IPV4 = /[0-9]+(?:\.[0-9]+){1,3}(?![\w.])/y;
const NUMBER = /0x[0-9a-f]+(?!\w)|[0-9]+(?!\w)/iy;
const WORD = /\\?[a-z][a-z0-9_]*(?:[-.][a-z0-9_]+)*/iy;
const SIGN = /&&|\|\||<<|>>|==|!=|>=|<=|[<>=!()[\]:+\-*/%&|^]/y;

/** An error at a place of the text, with its line and column. */
export function faultAt(text: string, at: number, message: string): BpfError {
  const before = text.slice(0, at);
  return new BpfError(message, before.split('\n').length, at - before.lastIndexOf('\n'));
}

/** Cuts an expression into tokens; the last one is of kind `end`. Throws BpfError. */
export function tokens(text: string): Token[] {
  if (text.length > MAX_TEXT) {
    throw faultAt(text, 0, `the expression has ${text.length} characters; at most ${MAX_TEXT} are allowed`);
  }
  const list: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at).length;
    if (at === text.length) break;
    const token = next(text, at);
    list.push(token);
    at += token.text.length;
  }
  list.push({ kind: 'end', text: '', at, value: 0, parts: [] });
  return list;
}

function next(text: string, at: number): Token {
  const make = (kind: Token['kind'], piece: string, value = 0, parts: readonly number[] = []): Token => {
    return { kind, text: piece, at, value, parts };
  };
  const fail = (message: string): never => {
    throw faultAt(text, at, message);
  };
  let piece = match(COLONS, text, at);
  if (piece !== '') {
    const mac = parseMac(piece);
    if (mac !== null) return make('mac', piece, 0, mac);
    const words = parseIpv6(piece);
    return words ? make('ipv6', piece, 0, words) : fail(`${clip(piece)} is no IPv6 or Ethernet address`);
  }
  piece = match(DASHED_MAC, text, at) || match(UNSEPARATED_MAC, text, at);
  if (piece !== '') return make('mac', piece, 0, parseMac(piece) ?? []);
  piece = match(IPV4, text, at);
  if (piece !== '') {
    const parts = piece.split('.').map(Number);
    if (parts.some((part) => part > 255))
      fail(`${clip(piece)} is no IPv4 address: its parts go from 0 to 255`);
    return make('ipv4', piece, 0, parts);
  }
  piece = match(NUMBER, text, at);
  if (piece !== '') {
    const octal = /^0[0-9]/.test(piece);
    const value = octal ? Number.parseInt(piece, 8) : Number(piece);
    if (octal && /[89]/.test(piece))
      fail(`${clip(piece)} begins with 0, so it is octal, but has other digits`);
    if (value > 0xffffffff) fail(`${clip(piece)} is too large; numbers go up to 4294967295`);
    return make('number', piece, value);
  }
  piece = match(WORD, text, at);
  if (piece !== '') return { ...make('word', piece), text: piece.toLowerCase() };
  piece = match(SIGN, text, at);
  if (piece !== '') return make('sign', piece);
  return fail(`${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} means nothing here`);
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Short enough for a message. */
export function clip(piece: string): string {
  return piece.length > 40 ? `'${piece.slice(0, 40)}…'` : `'${piece}'`;
}
