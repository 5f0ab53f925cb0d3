import { ChainSyntaxError, closerOf, commentEnd } from './chain-text-source.js';

/** What stands in a pair of parentheses; `from` and `to` are the offsets behind "(" and at ")". */
export interface Group {
  readonly from: number;
  readonly to: number;
}

/** A word of a text, with the offset where it begins. */
export interface Placed {
  readonly text: string;
  readonly at: number;
}

/** `word`, `word(…)` or `name :: word(…)`. */
export interface Element {
  readonly name: Placed | null;
  readonly word: Placed;
  readonly options: Group | null;
}

/** What joins two elements: `->` with the ports named at either side, or `~>`. */
export interface Arrow {
  readonly at: number;
  readonly events: boolean;
  readonly before: Placed | null;
  readonly after: Placed | null;
}

/** `arrows[i]` joins `elements[i]` and `elements[i + 1]`. */
export interface Chain {
  readonly elements: Element[];
  readonly arrows: Arrow[];
}

const NAME = /[A-Za-z0-9_](?:[A-Za-z0-9_.]|-(?!>))*/y;

/** Takes a chain text apart, as docs/graph-text.md says. Throws ChainSyntaxError. */
export function parseChains(text: string): Chain[] {
  const reader = new Reader(text);
  const chains: Chain[] = [];
  for (;;) {
    reader.skip(true);
    while (reader.take(';')) reader.skip(true);
    if (reader.atEnd()) return chains;
    chains.push(chain(reader));
    reader.skip(false);
    if (!reader.atEnd() && !reader.sees(';') && !reader.sees('\n')) {
      reader.fail(`expected ->, ~>, a semicolon or the end of the line${reader.hint()}`);
    }
  }
}

function chain(reader: Reader): Chain {
  const elements = [element(reader)];
  const arrows: Arrow[] = [];
  for (;;) {
    const next = arrow(reader);
    if (next === null) return { elements, arrows };
    reader.skip(true);
    arrows.push(next);
    elements.push(element(reader));
  }
}

/** The arrow behind an element: on its line, or first on one that follows; null when there is none. */
function arrow(reader: Reader): Arrow | null {
  const back = reader.position;
  reader.skip(true);
  if (!reader.sees('[') && !reader.sees('->') && !reader.sees('~>')) {
    reader.position = back;
    return null;
  }
  const before = port(reader);
  reader.skip(true);
  const at = reader.position;
  if (reader.take('~>')) {
    if (before !== null) reader.failAt(before.at, 'events have no port; leave the brackets out');
    return { at, events: true, before, after: null };
  }
  if (!reader.take('->')) reader.fail('expected -> behind the port');
  reader.skip(true);
  return { at, events: false, before, after: port(reader) };
}

function port(reader: Reader): Placed | null {
  if (!reader.take('[')) return null;
  reader.skip(true);
  const name = reader.name() ?? reader.fail('expected a port, such as ingress1');
  reader.skip(true);
  if (!reader.take(']')) reader.fail('expected ] behind the port');
  return name;
}

function element(reader: Reader): Element {
  const first = reader.name() ?? reader.fail('expected a block: its name, a block type or a device');
  reader.skip(false);
  if (!reader.take('::')) return { name: null, word: first, options: group(reader) };
  reader.skip(true);
  const word = reader.name() ?? reader.fail('expected a block type behind ::');
  reader.skip(false);
  return { name: first, word, options: group(reader) };
}

function group(reader: Reader): Group | null {
  const open = reader.position;
  if (!reader.sees('(')) return null;
  const to = closerOf(reader.text, open);
  reader.position = to + 1;
  return { from: open + 1, to };
}

class Reader {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  atEnd(): boolean {
    return this.position >= this.text.length;
  }

  sees(signs: string): boolean {
    return this.text.startsWith(signs, this.position);
  }

  take(signs: string): boolean {
    if (!this.sees(signs)) return false;
    this.position += signs.length;
    return true;
  }

  /** Passes blanks and comments, and ends of lines if told so. */
  skip(lines: boolean): void {
    for (; !this.atEnd(); this.position++) {
      const sign = this.text.charAt(this.position);
      if (sign === '#' || this.sees('//')) this.position = commentEnd(this.text, this.position);
      if (this.sees('\n') ? !lines : !/\s|\ufeff/.test(this.text.charAt(this.position))) return;
    }
  }

  name(): Placed | null {
    NAME.lastIndex = this.position;
    const found = NAME.exec(this.text);
    if (found === null) return null;
    const at = this.position;
    this.position = NAME.lastIndex;
    return { text: found[0], at };
  }

  /** What somebody may have meant who wrote what stands here. */
  hint(): string {
    if (this.sees(':')) return '; a port is written in brackets: NAME [ingress1] -> OTHER';
    if (this.sees('<-')) return '; chains are written from the link upwards, with -> alone';
    return '';
  }

  fail(message: string): never {
    return this.failAt(this.position, message);
  }

  failAt(offset: number, message: string): never {
    throw new ChainSyntaxError(offset, message);
  }
}
