import { clip, faultAt, type Token, tokens } from './lexer.js';

/** Parentheses, negations and changes between `and` and `or` inside one another at most: they take stack. */
const MAX_DEPTH = 250;

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>']);
const COMPARISONS = new Set(['=', '==', '!=', '>', '>=', '<', '<=']);

/** The tokens of an expression with a place among them. */
export class Cursor {
  private readonly text: string;
  private readonly list: readonly Token[];
  /** Index of the closing parenthesis of an opening one, by the index of that. */
  private readonly closing: Int32Array;
  private index = 0;
  private depth = 0;
  /** VLAN tags that the text has asked for so far. */
  tags = 0;

  constructor(text: string) {
    this.text = text;
    this.list = tokens(text);
    this.closing = new Int32Array(this.list.length);
    const open: number[] = [];
    for (const [index, token] of this.list.entries()) {
      if (token.kind === 'sign' && token.text === '(') open.push(index);
      if (token.kind === 'sign' && token.text === ')') this.closing[open.pop() ?? 0] = index;
    }
  }

  get token(): Token {
    return this.list[this.index];
  }

  get following(): Token {
    return this.list[Math.min(this.index + 1, this.list.length - 1)];
  }

  /** Takes the token and answers it. */
  take(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.index++;
    return token;
  }

  /** Takes the token if it is one of these words or signs; answers whether it was. */
  accept(...texts: string[]): boolean {
    if (!this.is(...texts)) return false;
    this.index++;
    return true;
  }

  is(...texts: string[]): boolean {
    const { kind, text } = this.token;
    return (kind === 'word' || kind === 'sign') && texts.includes(text);
  }

  expect(sign: string, place: string): void {
    if (!this.accept(sign)) this.fail(`expected '${sign}' ${place}, found ${this.found()}`);
  }

  /** True when the number or parenthesis here is part of a comparison, not an address or a logical expression. */
  isArithmetic(): boolean {
    const end = this.is('(') ? this.closing[this.index] : this.index;
    const { kind, text } = this.list[end + 1] ?? this.token;
    return end >= this.index && kind === 'sign' && (ARITHMETIC.has(text) || COMPARISONS.has(text));
  }

  /** Runs a part that is nested in what is being read now. */
  nested<T>(part: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`parts are nested more than ${MAX_DEPTH} deep`);
    const result = part();
    this.depth--;
    return result;
  }

  /** The token here, for a message. */
  found(): string {
    return this.token.kind === 'end' ? 'the end of the expression' : clip(this.token.text);
  }

  fail(message: string, at = this.token.at): never {
    throw faultAt(this.text, at, message);
  }
}
