/** A chain text that cannot be read on from here. */
export class ChainSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const WORD = /[A-Za-z0-9_]/;
/** Most of a line that an excerpt shows, in characters. */
const EXCERPT = 100;

/**
 * Offset behind the smallest part of the text that begins at `at`: a quoted text, a comment, or one character.
 * A quote directly behind a letter or digit is an apostrophe; a comment begins behind a blank or an opening bracket.
 */
export function partEnd(text: string, at: number): number {
  const sign = text.charAt(at);
  if (sign === '"' || sign === "'") {
    return at > 0 && WORD.test(text.charAt(at - 1)) ? at + 1 : quotedEnd(text, at);
  }
  return isComment(text, at) ? commentEnd(text, at) : at + 1;
}

/** Offset behind the quoted text that begins at `at`: `"…"` with the escapes of JSON, `'…'` with `''` for a quote. */
export function quotedEnd(text: string, at: number): number {
  const quote = text.charAt(at);
  for (let i = at + 1; i < text.length; i++) {
    const sign = text.charAt(i);
    if (sign === '\\' && quote === '"') i++;
    else if (sign === quote && quote === "'" && text.charAt(i + 1) === quote) i++;
    else if (sign === quote) return i + 1;
  }
  throw new ChainSyntaxError(at, `the quote ${quote} has no end; close it with another ${quote}`);
}

/** Offset of the bracket that closes the one at `open`. */
export function closerOf(text: string, open: number): number {
  const waiting: { closer: string; at: number }[] = [];
  for (let i = open; i < text.length; i = partEnd(text, i)) {
    const sign = text.charAt(i);
    if (sign in CLOSERS) waiting.push({ closer: CLOSERS[sign], at: i });
    else if (sign === ')' || sign === ']' || sign === '}') {
      const { closer, at } = waiting.pop()!;
      if (sign !== closer) {
        throw new ChainSyntaxError(i, `expected ${closer}, for the ${text.charAt(at)} that is open here`);
      }
      if (waiting.length === 0) return i;
    }
  }
  const { closer, at } = waiting.at(-1)!;
  throw new ChainSyntaxError(at, `the ${text.charAt(at)} has no end; close it with ${closer}`);
}

/** Offsets of the commas between `from` and `to` that stand in no bracket, quote or comment. */
export function commas(text: string, from: number, to: number): number[] {
  const found: number[] = [];
  for (let i = from; i < to; ) {
    const sign = text.charAt(i);
    if (sign === ',') found.push(i);
    i = sign in CLOSERS ? closerOf(text, i) + 1 : partEnd(text, i);
  }
  return found;
}

/** Whether a comment begins here: `#` or `//`, at the text's beginning or behind a blank or an opening bracket. */
export function isComment(text: string, at: number): boolean {
  const sign = text.charAt(at);
  if (sign !== '#' && !(sign === '/' && text.charAt(at + 1) === '/')) return false;
  return at === 0 || /[\s([{]/.test(text.charAt(at - 1));
}

/** Offset of the end of the line on which `at` stands. */
export function commentEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** `file:line:column: message`, then the line, and a caret below the place. Line and column count from 1. */
export function faultText(file: string, text: string, offset: number, message: string): string {
  const at = Math.min(offset, text.length);
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const line = countLines(text, start);
  const column = at - start;
  const first = Math.max(0, column - EXCERPT / 2);
  const shown = text
    .slice(start, commentEnd(text, at))
    .slice(first, first + EXCERPT)
    .replace(/[^\x20-\x7e\xa1-\uffff]/g, ' ')
    .trimEnd();
  return `${file}:${line}:${column + 1}: ${message}\n    ${shown}\n    ${' '.repeat(column - first)}^`;
}

/** Line and column of an offset, as in `1:60`; both count from 1. */
export function placeText(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return `${countLines(text, start)}:${offset - start + 1}`;
}

function countLines(text: string, end: number): number {
  let lines = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) lines++;
  return lines;
}
