import { PaceError, parseWhole } from '../../../traffic/rates.js';
import type { Syntax } from './grammar.js';
import { fitting, LineFault, quoted, type ShellWord } from './words.js';

/** The arguments of a command, taken one after the other. */
export class Arguments {
  private readonly syntax: Syntax;
  private readonly words: readonly ShellWord[];
  private readonly all: readonly ShellWord[];
  private next = 0;

  constructor(syntax: Syntax, words: readonly ShellWord[], all: readonly ShellWord[]) {
    this.syntax = syntax;
    this.words = words;
    this.all = all;
  }

  peek(): ShellWord | undefined {
    return this.words[this.next];
  }

  word(): ShellWord {
    return this.words[this.next++] ?? this.missing();
  }

  name(): string {
    return this.word().text;
  }

  optional(): string | null {
    return this.peek() ? this.name() : null;
  }

  /** Takes the next word if it is this keyword, or begins it and can be nothing else. */
  keyword(keyword: string): boolean {
    const found = this.peek();
    if (!found || fitting(found.text, [keyword]).length === 0) return false;
    this.next++;
    return true;
  }

  whole(what: string, least: number, most: number): number | null {
    const word = this.peek();
    if (!word) return null;
    this.next++;
    return atWord(word, () => parseWhole(word.text, what, least, most));
  }

  missing(): never {
    const last = this.all[this.all.length - 1];
    throw new LineFault(`something is missing: write ${this.syntax.usage}`, last.at + last.length);
  }

  /** The word that comes next does not belong here. */
  wrong(): never {
    const word = this.peek() ?? this.missing();
    throw new LineFault(
      `${quoted(word.text)} does not belong here: write ${this.syntax.usage}`,
      word.at,
      word.length,
    );
  }

  /** Nothing may follow. */
  end<T>(command: T): T {
    return this.peek() ? this.wrong() : command;
  }
}

/** Runs a parser of traffic/rates.ts; its error gets the word's place. */
export function atWord<T>(word: ShellWord, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof PaceError) throw new LineFault(error.message, word.at, word.length);
    throw error;
  }
}
