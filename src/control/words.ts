import { QuipuError } from '../contract/error.js';

/** A word of a command, with the place where it stands: `file:line:column: `, empty for words of the command line. */
export interface Word {
  readonly text: string;
  readonly at: string;
}

/** Words that a shell has split already. */
export function plainWords(texts: readonly string[]): Word[] {
  return texts.map((text) => ({ text, at: '' }));
}

/** Throws the QuipuError for a word that is wrong. */
export function refuse(word: Word | undefined, message: string): never {
  throw new QuipuError('bad-request', `${word?.at ?? ''}${message}`);
}

/**
 * Splits text into commands and their words, the way a shell does in its simplest case: a command ends with its line;
 * '…' keeps everything as it is, "…" everything but \" and \\ (both over several lines, for filters); a backslash takes
 * the next sign as it is, and joins lines at a line's end; # at the beginning of a word starts a comment.
 * Throws QuipuError with `file:line:column` for a quote without an end.
 */
export function splitCommands(text: string, file: string): Word[][] {
  const scanner = new Scanner(text, file);
  const commands: Word[][] = [];
  let current: Word[] = [];
  while (!scanner.atEnd()) {
    const sign = scanner.peek();
    if (sign === '\n') {
      scanner.take();
      if (current.length > 0) commands.push(current);
      current = [];
    } else if (sign === ' ' || sign === '\t' || sign === '\r') scanner.take();
    else if (sign === '\\' && scanner.peek(1) === '\n') scanner.take(2);
    else if (sign === '#') scanner.skipLine();
    else current.push(scanner.word());
  }
  if (current.length > 0) commands.push(current);
  return commands;
}

class Scanner {
  private readonly text: string;
  private readonly file: string;
  private position = 0;
  private line = 1;
  private lineStart = 0;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  atEnd(): boolean {
    return this.position >= this.text.length;
  }

  peek(ahead = 0): string {
    return this.text.charAt(this.position + ahead);
  }

  take(count = 1): string {
    const taken = this.text.slice(this.position, this.position + count);
    for (const sign of taken) {
      this.position++;
      if (sign !== '\n') continue;
      this.line++;
      this.lineStart = this.position;
    }
    return taken;
  }

  skipLine(): void {
    const end = this.text.indexOf('\n', this.position);
    this.position = end < 0 ? this.text.length : end;
  }

  word(): Word {
    const at = this.place();
    const parts: string[] = [];
    while (!this.atEnd()) {
      const sign = this.peek();
      if (sign === ' ' || sign === '\t' || sign === '\r' || sign === '\n') break;
      if (sign === "'" || sign === '"') parts.push(this.quoted(sign));
      else if (sign === '\\') parts.push(this.escaped());
      else parts.push(this.plain());
    }
    return { text: parts.join(''), at };
  }

  private place(): string {
    return `${this.file}:${this.line}:${this.position - this.lineStart + 1}: `;
  }

  private plain(): string {
    const from = this.position;
    while (!this.atEnd() && !' \t\r\n\'"\\'.includes(this.peek())) this.position++;
    return this.text.slice(from, this.position);
  }

  private escaped(): string {
    const at = this.place();
    this.take();
    if (this.atEnd())
      refuse({ text: '', at }, 'a backslash ends the text; put a sign behind it or take it away');
    return this.take() === '\n' ? '' : this.text.charAt(this.position - 1);
  }

  private quoted(quote: string): string {
    const at = this.place();
    this.take();
    const parts: string[] = [];
    while (!this.atEnd()) {
      const sign = this.take();
      if (sign === quote) return parts.join('');
      const next = this.peek();
      const escaped = quote === '"' && sign === '\\' && (next === '"' || next === '\\');
      parts.push(escaped ? this.take() : sign);
    }
    return refuse({ text: '', at }, `the quote ${quote} has no end; close it with another ${quote}`);
  }
}
