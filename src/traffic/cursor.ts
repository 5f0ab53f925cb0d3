import { clip, Lexer, type Token } from './lexer.js';
import type { TrafficError } from './traffic.js';

/** More warnings than these tell nobody anything. */
const MOST_WARNINGS = 50;

/** A place in a configuration: the token that is to be read next. */
export class Cursor {
  /** What was said about the text so far, each with its place as `line:column: `. */
  readonly warnings: string[] = [];
  private readonly lexer: Lexer;
  private current: Token;

  constructor(text: string) {
    this.lexer = new Lexer(text, (message, at) => this.warn(message, at));
    this.current = this.lexer.next();
  }

  get token(): Token {
    return this.current;
  }

  /** Takes the token and answers it. */
  take(): Token {
    const token = this.current;
    this.current = this.lexer.next();
    return token;
  }

  /** True when the token is this sign or word. */
  is(text: string): boolean {
    const { kind } = this.current;
    return (kind === 'sign' || kind === 'word') && this.current.text === text;
  }

  /** Takes the token if it is this sign; answers whether it was. */
  accept(sign: string): boolean {
    if (!this.is(sign)) return false;
    this.take();
    return true;
  }

  expect(sign: string, place: string): Token {
    if (!this.is(sign)) throw this.fault(`expected '${sign}' ${place}, found ${this.found()}`);
    return this.take();
  }

  /** The token here, for a message. */
  found(): string {
    return this.current.kind === 'end' ? 'the end of the text' : clip(this.current.text);
  }

  /** The fault of a token: the one here unless given. */
  fault(message: string, token: Token = this.current): TrafficError {
    return this.lexer.fault(message, token.at, token.length);
  }

  lineOf(token: Token): number {
    return this.lexer.place(token.at).line;
  }

  warn(message: string, at: number): void {
    if (this.warnings.length === MOST_WARNINGS) return;
    const { line, column } = this.lexer.place(at);
    this.warnings.push(`${line}:${column}: ${message}`);
  }
}
