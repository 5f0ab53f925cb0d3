import { parseMac } from '../wire/ethernet.js';
import { parseIpv4 } from '../wire/ipv4.js';
import { parseIpv6 } from '../wire/ipv6.js';
import { TrafficError } from './traffic.js';

/** A piece of the packet language. Places are offsets into the text, in UTF-16 units. */
export interface Token {
  readonly kind: 'number' | 'bytes' | 'mac' | 'ipv4' | 'ipv6' | 'word' | 'sign' | 'end';
  /** As it is written; a word in lower case. */
  readonly text: string;
  readonly at: number;
  readonly length: number;
  /** Of a number, at most 64 bits. */
  readonly value: bigint;
  /** Of a string or an address. */
  readonly bytes: Uint8Array;
  /** True when white space or a comment stands before it. */
  readonly apart: boolean;
}

const SPACE = /\s+/y;
const COMMENT = /#[^\n]*|;[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const DIRECTIVE = /#\s*(?:include|define|undef|if|ifdef|ifndef|elif|else|endif|pragma)\b/y;
const STRING = /"[^"]*"/y;
const SHELL_CODE = /^(?:\\x[0-9a-fA-F]{2})+$/;
const CHARACTER = /'(?:\\x[0-9a-f]{2}|\\[0abefnrtv\\']|[^\n])'/iy;
/** Two colons at least: `da[0:2]` and `cpu(0:1)` hold one. A repeated group would take stack for each of a million colons. */
const COLONS = /(?=[0-9a-f]*:[0-9a-f.]*:)[0-9a-f:.]+/iy;
const DOTTED = /[0-9]+(?:\.[0-9]+){3}(?![\w.])/y;
/** Field names that begin with a digit. */
const DIGIT_WORD = /1(?:q|ad)(?!\w)/iy;
const NUMBER = /[0-9]\w*/y;
const WORD = /[a-z]\w*/iy;
const SIGN = /<<|>>|[{}()[\]:,=+\-*/%&|^]/y;

const ESCAPES: Readonly<Record<string, number>> = {
  '0': 0,
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
};
/** Characters of the longest address, an IPv6 one that ends like IPv4 (RFC 4291 §2.2). */
const LONGEST_ADDRESS = 45;
const NONE: Uint8Array = new Uint8Array(0);
const LARGEST = 2n ** 64n - 1n;

/** Cuts a text into tokens, one at a time: a text of any length takes no more memory than itself. */
export class Lexer {
  private at = 0;
  private lineStarts: number[] | null = null;
  private readonly text: string;
  private readonly warn: (message: string, at: number) => void;

  constructor(text: string, warn: (message: string, at: number) => void) {
    this.text = text;
    this.warn = warn;
  }

  /** The token behind the last one; of kind `end`, again and again, when there is none. Throws TrafficError. */
  next(): Token {
    const before = this.at;
    this.skip();
    const { at } = this;
    const token = this.cut(at, at > before);
    this.at = at + token.length;
    return token;
  }

  private skip(): void {
    for (;;) {
      const at = this.at;
      this.at += this.match(SPACE, at).length;
      if (this.match(DIRECTIVE, this.at) !== '') {
        this.warn(
          'a line that begins with # is a comment unless the preprocessor runs before (--cpp)',
          this.at,
        );
      }
      this.at += this.match(COMMENT, this.at).length;
      if (this.at === at) break;
    }
    if (this.text.startsWith('/*', this.at))
      throw this.fault('this comment has no end: */ is missing', this.at, 2);
  }

  private cut(at: number, apart: boolean): Token {
    const make = (kind: Token['kind'], text: string, value = 0n, bytes = NONE): Token => {
      return { kind, text, at, length: text.length, value, bytes, apart };
    };
    if (at === this.text.length) return make('end', '');
    let piece = this.match(STRING, at);
    if (piece !== '') return make('bytes', piece, 0n, this.stringBytes(piece, at));
    piece = this.match(CHARACTER, at);
    if (piece !== '') return make('number', piece, this.character(piece, at));
    piece = this.match(COLONS, at);
    if (piece !== '') return this.address(piece, at, make);
    piece = this.match(DOTTED, at);
    if (piece !== '') {
      const bytes = parseIpv4(piece);
      if (bytes === null) throw this.fault(`${clip(piece)} is no IPv4 address`, at, piece.length);
      return make('ipv4', piece, 0n, bytes);
    }
    piece = this.match(DIGIT_WORD, at);
    if (piece !== '') return { ...make('word', piece), text: piece.toLowerCase() };
    piece = this.match(NUMBER, at);
    if (piece !== '') return make('number', piece, this.number(piece, at));
    piece = this.match(WORD, at);
    if (piece !== '') return this.word(piece, at, make);
    piece = this.match(SIGN, at);
    if (piece !== '') return make('sign', piece);
    throw this.unknown(at);
  }

  /** The fault of a place. */
  fault(message: string, at: number, length = 1): TrafficError {
    const { line, column } = this.place(at);
    return new TrafficError(message, line, column, Math.max(1, length));
  }

  /** Line and column of an offset, from 1. */
  place(at: number): { line: number; column: number } {
    this.lineStarts ??= startsOfLines(this.text);
    let [low, high] = [0, this.lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.lineStarts[middle] <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - this.lineStarts[low] + 1 };
  }

  private match(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  private stringBytes(piece: string, at: number): Uint8Array {
    const inner = piece.slice(1, -1);
    if (SHELL_CODE.test(inner)) {
      return Uint8Array.from(inner.split('\\x').slice(1), (digits) => Number.parseInt(digits, 16));
    }
    if (inner.includes('\\')) {
      this.warn('a backslash in a string is sent as it stands, unless all of it is written as \\xHH', at);
    }
    return new TextEncoder().encode(inner);
  }

  private character(piece: string, at: number): bigint {
    const inner = piece.slice(1, -1);
    if (/^\\x/i.test(inner)) return BigInt(Number.parseInt(inner.slice(2), 16));
    if (inner.length === 2) return BigInt(ESCAPES[inner[1].toLowerCase()]);
    const code = inner.charCodeAt(0);
    if (code > 0x7f)
      throw this.fault(`${piece} takes more than one byte: write it as a string`, at, piece.length);
    return BigInt(code);
  }

  private address(piece: string, at: number, make: MakeToken): Token {
    const groups = piece.length > LONGEST_ADDRESS ? [] : piece.split(':');
    if (groups.length === 6 && !piece.includes('::')) {
      const mac = parseMac(groups.map((group) => group.padStart(2, '0')).join(':'));
      if (mac !== null) return make('mac', piece, 0n, mac);
    } else if (groups.length > 0) {
      const ipv6 = parseIpv6(piece);
      if (ipv6 !== null) return make('ipv6', piece, 0n, ipv6);
    }
    throw this.fault(`${clip(piece)} is no hardware address and no IPv6 address`, at, piece.length);
  }

  /** `0x1f`, `0b101`, `017`, `42`. */
  private number(piece: string, at: number): bigint {
    let digits = piece;
    if (/^0[0-9]/.test(piece)) {
      if (!/^[0-7]+$/.test(piece)) {
        throw this.fault(
          `${clip(piece)} begins with 0, so it is octal, but has other digits`,
          at,
          piece.length,
        );
      }
      digits = `0o${piece.slice(1)}`;
    } else if (!/^(?:0x[0-9a-f]+|0b[01]+|[0-9]+)$/i.test(piece)) {
      throw this.fault(
        `${clip(piece)} is no number; separate elements by a comma or a space`,
        at,
        piece.length,
      );
    }
    // Reading a long run of digits takes time that grows faster than its length.
    const value = digits.length > 80 ? LARGEST + 1n : BigInt(digits);
    if (value > LARGEST) throw this.fault(`${clip(piece)} does not fit 64 bits`, at, piece.length);
    return value;
  }

  /** A name, but also `xff`, `b101` and single letters, which stand for their code. */
  private word(piece: string, at: number, make: MakeToken): Token {
    if (piece.length === 1) return make('number', piece, BigInt(piece.charCodeAt(0)));
    if (/^(?:x[0-9a-f]+|b[01]+)$/i.test(piece)) return make('number', piece, this.number(`0${piece}`, at));
    return { ...make('word', piece), text: piece.toLowerCase() };
  }

  private unknown(at: number): TrafficError {
    if (this.text[at] === '"') return this.fault('this string has no end: " is missing', at);
    if (this.text[at] === "'") {
      return this.fault(`a single quote holds one character, such as 'a', '\\n' or '\\x41'`, at);
    }
    const character = String.fromCodePoint(this.text.codePointAt(at) ?? 0);
    return this.fault(`${JSON.stringify(character)} means nothing here`, at, character.length);
  }
}

type MakeToken = (kind: Token['kind'], text: string, value?: bigint, bytes?: Uint8Array) => Token;

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Short enough for a message. */
export function clip(piece: string): string {
  return piece.length > 40 ? `'${piece.slice(0, 40)}…'` : `'${piece}'`;
}
