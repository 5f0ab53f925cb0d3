/** A place in a text. Line and column count from 1, the column and the length in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface AssemblyFault extends Place {
  readonly message: string;
}

/** A piece of the text. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Thrown at the place of a fault; the parser catches it. */
export class FaultAt extends Error {
  readonly span: Span;
  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

export interface Word extends Span {
  readonly text: string;
}

const SPACE = /[ \t\r\n\v\f]/;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[0-9][A-Za-z0-9_]*/y;
const NUMERIC = /^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/;
/** What cpp leaves at the beginning of a line: `# 12 "file"`. */
const MARKER = /# [0-9]+ "/y;
/** Words longer than this are cut in messages. */
const SHOWN = 40;

/** Goes through a text by the parser's wishes. Takes time linear in its length. */
export class Scanner {
  readonly text: string;
  position = 0;
  private readonly lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
  }

  /** Skips blanks and comments. Throws FaultAt for a comment without an end. */
  skipSpace(): void {
    const { text } = this;
    for (;;) {
      const sign = text[this.position];
      if (sign === undefined) return;
      if (SPACE.test(sign)) this.position++;
      else if (sign === ';' || text.startsWith('//', this.position)) this.skipLine();
      else if (text.startsWith('/*', this.position)) this.skipBlockComment();
      else if (sign === '#' && this.isLineStart() && this.matches(MARKER)) this.skipLine();
      else return;
    }
  }

  /** As `skipSpace`, and takes a `#` that is the first of its line for the beginning of a comment too. */
  skipToStatement(): void {
    this.skipSpace();
    while (this.text[this.position] === '#' && this.isFirstOfLine(this.position)) {
      this.skipLine();
      this.skipSpace();
    }
  }

  /** Goes on with the next line behind a fault in what began at `from`; that may be the line where the fault stands. */
  skipFault({ offset }: Span, from: number): void {
    if (offset > from && this.isFirstOfLine(offset)) this.position = offset;
    else this.skipLine();
  }

  skipLine(): void {
    const end = this.text.indexOf('\n', this.position);
    this.position = end < 0 ? this.text.length : end;
  }

  atEnd(): boolean {
    return this.position === this.text.length;
  }

  /** The sign that comes next, undefined at the end. */
  peek(): string | undefined {
    this.skipSpace();
    return this.text[this.position];
  }

  accept(sign: string): boolean {
    if (this.peek() !== sign) return false;
    this.position++;
    return true;
  }

  expect(sign: string, why: string): void {
    if (!this.accept(sign)) throw this.unexpected(`'${sign}' ${why}`);
  }

  word(): Word | null {
    this.skipSpace();
    return this.take(WORD);
  }

  /** A number, with a sign or not; null where none stands. Throws FaultAt for one that is malformed or out of range. */
  number(): number | null {
    this.skipSpace();
    const from = this.position;
    const sign = this.text[from];
    if (sign === '-' || sign === '+') {
      this.position++;
      this.skipSpace();
    }
    const digits = this.take(NUMBER);
    if (digits === null) {
      this.position = from;
      return null;
    }
    const span = { offset: from, length: this.position - from };
    const word = clip(this.text.slice(from, this.position));
    if (!NUMERIC.test(digits.text)) {
      throw new FaultAt(`${word} is no number; write it decimal, 0x hexadecimal, 0b binary or 0 octal`, span);
    }
    // A leading 0 means octal as in C, where JavaScript would read decimal.
    const isOctal = /^0[0-7]/.test(digits.text);
    const value = (isOctal ? Number.parseInt(digits.text, 8) : Number(digits.text)) * (sign === '-' ? -1 : 1);
    if (value < -0x80000000 || value > 0xffffffff) {
      throw new FaultAt(`${word} has no room in 32 bits; use -2147483648 to 4294967295 (0xffffffff)`, span);
    }
    return value >>> 0;
  }

  /** A fault that says what was expected instead of what comes next. */
  unexpected(expected: string): FaultAt {
    this.skipSpace();
    const from = this.position;
    const found = this.take(WORD) ?? this.take(NUMBER);
    this.position = from;
    if (found !== null) return new FaultAt(`expected ${expected}, found '${clip(found.text)}'`, found);
    const code = this.text.codePointAt(from);
    if (code === undefined) {
      return new FaultAt(`expected ${expected}, found the end of the text`, { offset: from, length: 1 });
    }
    const sign = String.fromCodePoint(code);
    const shown = JSON.stringify(sign).slice(1, -1).replace('\\"', '"');
    return new FaultAt(`expected ${expected}, found '${shown}'`, { offset: from, length: sign.length });
  }

  placeOf({ offset, length }: Span): Place {
    const line = this.lineOf(offset);
    return { line, column: offset - this.lineStarts[line - 1] + 1, length };
  }

  /** Number of the line, from 1. */
  private lineOf(offset: number): number {
    let [low, high] = [0, this.lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.lineStarts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  private take(pattern: RegExp): Word | null {
    const offset = this.position;
    pattern.lastIndex = offset;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.position += match[0].length;
    return { text: match[0], offset, length: match[0].length };
  }

  private matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    return pattern.test(this.text);
  }

  private isLineStart(): boolean {
    return this.position === 0 || this.text[this.position - 1] === '\n';
  }

  private isFirstOfLine(offset: number): boolean {
    const start = this.lineStarts[this.lineOf(offset) - 1];
    return this.text.slice(start, offset).trim() === '';
  }

  private skipBlockComment(): void {
    const end = this.text.indexOf('*/', this.position + 2);
    if (end < 0) {
      const span = { offset: this.position, length: 2 };
      this.position = this.text.length;
      throw new FaultAt("the comment '/*' has no end; close it with '*/'", span);
    }
    this.position = end + 2;
  }
}

export function clip(word: string): string {
  return word.length > SHOWN ? `${word.slice(0, SHOWN)}…` : word;
}
