/** The beginning of a command that describes a packet, up to its text. */
const START = /^\s*(p[a-z]*)\s+([^\s{<]+)\s*(?:(r[a-z]*)(?=[\s{<])\s*)?/;

/** How the text of a packet follows its name. */
export type PacketBody =
  | { readonly kind: 'braces'; readonly at: number }
  /** `<<END`, the text, a line END. `at` is where END begins. */
  | { readonly kind: 'here'; readonly at: number; readonly end: string }
  /** `file PATH`, or something wrong. */
  | { readonly kind: 'words'; readonly at: number };

export interface PacketStart {
  readonly name: string;
  readonly nameAt: number;
  readonly replace: boolean;
  readonly body: PacketBody;
}

/** The parts of a `packet` command; null for other commands. */
export function packetStart(text: string): PacketStart | null {
  const match = START.exec(text);
  if (!match || !'packet'.startsWith(match[1])) return null;
  const [whole, word, name, replacing] = match;
  const replace = replacing !== undefined && 'replace'.startsWith(replacing);
  const at = replacing !== undefined && !replace ? whole.lastIndexOf(replacing) : whole.length;
  const nameAt = text.indexOf(name, text.indexOf(word) + word.length);
  const here = /^<<(\S+)[ \t\r]*(?:\n|$)/.exec(text.slice(at));
  if (here) return { name, nameAt, replace, body: { kind: 'here', at: at + 2, end: here[1] } };
  const kind = /^(?:\{|cpu\s*\(|\/\*|\/\/)/.test(text.slice(at)) ? 'braces' : 'words';
  return { name, nameAt, replace, body: { kind, at } };
}

/** Joins lines to commands: the text of a packet may go over many. */
export class LineJoiner {
  private lines: string[] = [];
  private braces: BraceCounter | null = null;
  private end: string | null = null;

  /** A command has begun and is not complete. */
  get isWaiting(): boolean {
    return this.lines.length > 0;
  }

  /** What the next lines wait for, as half a sentence; empty when nothing is waited for. */
  get wanted(): string {
    if (!this.isWaiting) return '';
    return this.end === null ? 'a closing }' : `a line ${this.end}`;
  }

  /** Answers the whole text of a command when this line completes one, else null. */
  add(line: string): string | null {
    const clean = line.replace(/\r$/, '');
    if (!this.isWaiting) this.begin(clean);
    else if (this.braces) this.braces.feed(clean);
    this.lines.push(clean);
    const isFirst = this.lines.length === 1;
    const done = this.end === null ? !this.braces?.isOpen : !isFirst && clean.trim() === this.end;
    if (!done) return null;
    const text = this.lines.join('\n');
    this.reset();
    return text;
  }

  private begin(line: string): void {
    const body = packetStart(line)?.body;
    if (body?.kind === 'here') this.end = body.end;
    if (body?.kind !== 'braces') return;
    this.braces = new BraceCounter();
    this.braces.feed(line.slice(body.at));
  }

  /** Forgets what has begun. */
  reset(): void {
    this.lines = [];
    this.braces = null;
    this.end = null;
  }
}

/** Counts braces outside of quotes and comments of the packet language, line by line. */
class BraceCounter {
  private depth = 0;
  private seen = false;
  private inComment = false;

  /** A brace is to be closed, or none was opened yet. */
  get isOpen(): boolean {
    return this.depth > 0 || this.inComment || !this.seen;
  }

  feed(line: string): void {
    for (let i = 0; i < line.length; ) i = this.inComment ? this.commentEnd(line, i) : this.take(line, i);
  }

  private commentEnd(line: string, at: number): number {
    const end = line.indexOf('*/', at);
    if (end < 0) return line.length;
    this.inComment = false;
    return end + 2;
  }

  /** Answers the offset behind a quoted text, the beginning of a comment, or one character. */
  private take(line: string, at: number): number {
    const sign = line.charAt(at);
    if (sign === '"' || sign === "'") return quotedEnd(line, at);
    if (sign === '#' || line.startsWith('//', at)) return line.length;
    if (line.startsWith('/*', at)) {
      this.inComment = true;
      return at + 2;
    }
    if (sign === '{') {
      this.depth++;
      this.seen = true;
    } else if (sign === '}') this.depth = Math.max(0, this.depth - 1);
    return at + 1;
  }
}

function quotedEnd(line: string, open: number): number {
  for (let i = open + 1; i < line.length; i++) {
    if (line.charAt(i) === '\\') i++;
    else if (line.charAt(i) === line.charAt(open)) return i + 1;
  }
  return line.length;
}
