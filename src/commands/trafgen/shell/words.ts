/** What is wrong with a line of the shell, and where: offset and length in UTF-16 units of the command's text. */
export class LineFault extends Error {
  override readonly name = 'LineFault';
  readonly at: number;
  readonly length: number;

  constructor(message: string, at: number, length = 1) {
    super(message);
    this.at = at;
    this.length = length;
  }
}

/** A word of a line, with the place where it stands. */
export interface ShellWord {
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/**
 * Splits a line at its blanks. `"…"` keeps blanks (for paths); a `#` or `!` at the beginning of a word starts a comment.
 * Throws LineFault for a quote without an end.
 */
export function shellWords(line: string): ShellWord[] {
  const words: ShellWord[] = [];
  // A quoted text, a comment to the end, or anything but blanks and quotes.
  const pattern = /"([^"]*)("?)|([#!].*)|([^\s"]+)/gs;
  for (const match of line.matchAll(pattern)) {
    const [whole, inside, closing, comment, plain] = match;
    const { index } = match;
    if (comment !== undefined) break;
    if (inside !== undefined && closing === '') {
      throw new LineFault('the quote " has no end; close it with another "', index);
    }
    words.push({ text: inside ?? plain, at: index, length: whole.length });
  }
  return words;
}

/**
 * The option that a word means: itself, or the only one that begins with it. `what` says in errors what was to be
 * chosen. Throws LineFault when there is none, or more than one.
 */
export function choose<T extends string>(word: ShellWord, options: readonly T[], what: string): T {
  const fits = fitting(word.text, options);
  if (fits.length === 1) return fits[0];
  const shown = quoted(word.text);
  const message =
    fits.length === 0
      ? `no ${what} ${shown}: write one of ${options.join(', ')}`
      : `${shown} is ambiguous: ${fits.join(', ')}`;
  throw new LineFault(message, word.at, word.length);
}

/** Longest piece of what somebody wrote that a message repeats. */
const SHOWN = 40;

/** What somebody wrote, for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);
}

/** Options that begin with a word; only the one that equals it, if there is one. */
export function fitting<T extends string>(word: string, options: readonly T[]): T[] {
  const exact = options.find((option) => option === word);
  return exact === undefined ? options.filter((option) => option.startsWith(word)) : [exact];
}
