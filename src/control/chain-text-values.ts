import { below, scalar, typesTaken } from './chain-text-schema.js';
import { ChainSyntaxError, closerOf, commas, isComment, partEnd, quotedEnd } from './chain-text-source.js';
import type { Group } from './chain-text-syntax.js';
import type { JsonSchema } from './graph-schema.js';

/** Told of every option and every part of one: its path, and where its key and its value begin. */
export type NotePlace = (path: readonly PropertyKey[], value: number, key: number) => void;

/** What is to be read: between two offsets, towards a schema, at a path. */
interface Task extends Group {
  readonly schema: JsonSchema;
  readonly path: readonly PropertyKey[];
}

const KEY = /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_-]*)[ \t]*:/y;
/** A key of a map may be any text without signs that mean something there. */
const MAP_KEY = /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#,:{}[\]()][^"'#,:{}[\]()\n]*?)[ \t]*:/y;
const MOST_LEVELS = 64;

/**
 * Reads the options in a block's parentheses. A value begins behind `key:` and goes on until the next `, key:`; what
 * stands in front of the first key is the value of the main option. `schema` says what each option takes; so a text
 * needs no quotes where only a text can be meant. Throws ChainSyntaxError.
 */
export function readOptions(
  text: string,
  group: Group,
  schema: JsonSchema,
  mainOption: string | undefined,
  note: NotePlace,
): Record<string, unknown> {
  const reader = new ValueReader(text, note);
  const { from, to } = reader.trim(group);
  if (from === to) return {};
  const entries = new Map<string, unknown>();
  for (const { key, keyAt, ...range } of splitPairs(reader, { from, to })) {
    const name = key ?? mainOption;
    if (name === undefined) throw new ChainSyntaxError(keyAt, withoutMain(schema));
    if (entries.has(name)) throw new ChainSyntaxError(keyAt, `${name} is given twice; give it once`);
    const path = [name];
    note(path, reader.trim(range).from, keyAt);
    entries.set(name, reader.option({ ...range, path, schema: below(schema, name) }));
  }
  return Object.fromEntries(entries);
}

function withoutMain(schema: JsonSchema): string {
  const known = Object.keys(schema.properties ?? {});
  return known.length === 0
    ? 'this block type has no options'
    : `expected key: value; the keys here are ${known.join(', ')}`;
}

interface Pair extends Group {
  /** Null for the value of the main option. */
  readonly key: string | null;
  readonly keyAt: number;
}

function splitPairs(reader: ValueReader, { from, to }: Group): Pair[] {
  const pairs: Pair[] = [];
  let open: { key: string | null; keyAt: number; from: number } | null = null;
  for (const at of [from - 1, ...commas(reader.text, from, to)]) {
    const start = reader.trim({ from: at + 1, to }).from;
    const found = reader.key(KEY, start, to);
    if (found === null && open !== null) continue;
    if (open !== null) pairs.push({ ...open, to: at });
    open =
      found === null
        ? { key: null, keyAt: start, from: start }
        : { key: found.key, keyAt: start, from: found.end };
  }
  if (open !== null) pairs.push({ ...open, to });
  return pairs;
}

class ValueReader {
  readonly text: string;
  private readonly note: NotePlace;

  constructor(text: string, note: NotePlace) {
    this.text = text;
    this.note = note;
  }

  /** The value of an option, where a list needs no brackets and a comma may end it. */
  option(task: Task): unknown {
    const { from, to } = this.trim(task);
    if (from === to) throw new ChainSyntaxError(from, `expected a value${nameOf(task.path)}`);
    const last = commas(this.text, from, to).at(-1);
    const end =
      last !== undefined && last > from && this.trim({ from: last + 1, to }).from === to ? last : to;
    const range = { ...task, from, to: end };
    const takes = typesTaken(task.schema);
    const isEnclosed = this.enclosed(this.trim(range), '[') !== null;
    const isList = takes.has('array') && (!takes.has('string') || commas(this.text, from, end).length > 0);
    return isList && !isEnclosed ? this.list(range) : this.value(range, MOST_LEVELS);
  }

  /** Without blanks and comments at both ends. */
  trim({ from, to }: Group): Group {
    let start = from;
    while (start < to) {
      const end = this.blankEnd(start);
      if (end === start) break;
      start = Math.min(end, to);
    }
    let last = start;
    for (let i = start; i < to; ) {
      const end = this.blankEnd(i);
      if (end > i) i = end;
      else {
        i = partEnd(this.text, i);
        last = i;
      }
    }
    return { from: start, to: Math.min(last, to) };
  }

  /** A key and the colon behind it: `{` and quotes may follow at once, all else after a blank. */
  key(pattern: RegExp, at: number, to: number): { key: string; end: number } | null {
    pattern.lastIndex = at;
    const found = pattern.exec(this.text);
    if (found === null || pattern.lastIndex > to) return null;
    const end = pattern.lastIndex;
    const isQuoted = found[1].startsWith('"') || found[1].startsWith("'");
    if (!isQuoted && end < to && !/[\s"'[{]/.test(this.text.charAt(end))) return null;
    return { key: isQuoted ? this.unquoted(at, at + found[1].length) : found[1], end };
  }

  private blankEnd(at: number): number {
    if (isComment(this.text, at)) return partEnd(this.text, at);
    return /\s/.test(this.text.charAt(at)) ? at + 1 : at;
  }

  private value(task: Task, levels: number): unknown {
    const { from, to } = this.trim(task);
    if (from === to) throw new ChainSyntaxError(from, `expected a value${nameOf(task.path)}`);
    if (levels === 0) throw new ChainSyntaxError(from, `nested deeper than ${MOST_LEVELS} levels`);
    const sign = this.text.charAt(from);
    if ((sign === '"' || sign === "'") && quotedEnd(this.text, from) === to) return this.unquoted(from, to);
    const takes = typesTaken(task.schema);
    if (takes.size === 1 && takes.has('string')) return this.plain(from, to);
    const list = this.enclosed({ from, to }, '[');
    if (list !== null) return this.list({ ...task, ...list }, levels - 1);
    const map = this.enclosed({ from, to }, '{');
    if (map !== null) return this.map({ ...task, ...map }, levels - 1);
    return scalar(this.plain(from, to), takes);
  }

  /** What stands between the brackets that begin and end the range, if one pair does both. */
  private enclosed({ from, to }: Group, bracket: string): Group | null {
    if (this.text.charAt(from) !== bracket || closerOf(this.text, from) !== to - 1) return null;
    return { from: from + 1, to: to - 1 };
  }

  private list(task: Task, levels: number = MOST_LEVELS): unknown[] {
    return this.pieces(task).map((piece, i) => {
      const path = [...task.path, i];
      this.note(path, piece.from, piece.from);
      return this.value({ ...piece, path, schema: below(task.schema, i) }, levels);
    });
  }

  private map(task: Task, levels: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const piece of this.pieces(task)) {
      const found = this.key(MAP_KEY, piece.from, piece.to);
      if (found === null)
        throw new ChainSyntaxError(piece.from, 'expected key: value, a blank behind the colon');
      if (entries.has(found.key))
        throw new ChainSyntaxError(piece.from, `${found.key} is given twice; give it once`);
      const path = [...task.path, found.key];
      const range = this.trim({ from: found.end, to: piece.to });
      this.note(path, range.from, piece.from);
      entries.set(found.key, this.value({ ...range, path, schema: below(task.schema, found.key) }, levels));
    }
    return Object.fromEntries(entries);
  }

  /** Parts between commas; nothing stands behind the last one if it ends with a comma. */
  private pieces({ from, to }: Group): Group[] {
    const ends = [...commas(this.text, from, to), to];
    const pieces = ends.map((end, i) => this.trim({ from: i === 0 ? from : ends[i - 1] + 1, to: end }));
    const last = pieces.at(-1);
    return last !== undefined && last.from === last.to ? pieces.slice(0, -1) : pieces;
  }

  /** The text as it stands, without comments. */
  private plain(from: number, to: number): string {
    const parts: string[] = [];
    let start = from;
    for (let i = from; i < to; ) {
      const end = partEnd(this.text, i);
      if (isComment(this.text, i)) {
        parts.push(this.text.slice(start, i));
        start = end;
      }
      i = end;
    }
    return parts.join('') + this.text.slice(start, to);
  }

  private unquoted(from: number, to: number): string {
    const inside = this.text.slice(from + 1, to - 1);
    if (this.text.charAt(from) === "'") return inside.replaceAll("''", "'");
    try {
      const line = inside.replace(/\p{Cc}/gu, (sign) => JSON.stringify(sign).slice(1, -1));
      return JSON.parse(`"${line}"`) as string;
    } catch {
      throw new ChainSyntaxError(from, 'expected the escapes of JSON (\\n \\t \\" \\\\ \\u0041) in "…"');
    }
  }
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : ` for ${path.map(String).join('.')}`;
}
