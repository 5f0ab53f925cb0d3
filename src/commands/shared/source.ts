import { createReadStream } from 'node:fs';
import { QuipuError } from '../../contract/error.js';
import { fileFault, inputName } from './input.js';
import { type Line, linesOfMarkers, preprocessed } from './preprocess.js';
import { printable } from './printable.js';

/** A text that a user wrote, in a file or elsewhere, and where its lines come from. */
export interface Source {
  /** The file as it was named, or `stdin`. */
  readonly name: string;
  readonly text: string;
  /** Where a line of `text`, counted from 1, was written: after the preprocessor that may be another file. */
  placeOf(line: number): Line;
}

export interface ReadOptions {
  /** Whether the text goes through the C preprocessor first; defines ask for it too. */
  readonly preprocess: boolean;
  /** `NAME` or `NAME=VALUE`, for the preprocessor. */
  readonly defines: readonly string[];
  /** Told what the preprocessor had to say though it did its work. */
  readonly warn?: (text: string) => void;
}

/** What is wrong at a place of a text. Line and column count from 1, the column in UTF-16 units; so does the length. */
export interface Fault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** How much is at fault: 1 unless given, cut at the end of the line. */
  readonly length?: number;
}

/** No program that a person means is longer; devices without an end are. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Longest piece of a line that is shown with a fault. */
const SHOWN = 120;

/** The text of a file, or of stdin when it is named `-`. Throws QuipuError. */
export async function readSource(path: string, options: ReadOptions): Promise<Source> {
  const text = await readText(path);
  const name = inputName(path);
  if (!options.preprocess && options.defines.length === 0) return textSource(name, text);
  const output = await preprocessed({ path, text, defines: options.defines, warn: options.warn });
  const { text: cleared, places } = linesOfMarkers(output, name);
  return {
    name,
    text: cleared,
    placeOf: (line) => places[Math.min(line, places.length) - 1] ?? { file: name, line },
  };
}

/** A text that is what its author wrote: its lines are the lines of `name`. */
export function textSource(name: string, text: string): Source {
  return { name, text, placeOf: (line) => ({ file: name, line }) };
}

/** `file:line:column: message`, then the line and a mark below what is at fault. */
export function faultIn(source: Source, fault: Fault): QuipuError {
  return faultsIn(source, [fault]);
}

/** Several faults of one text as one error, in the order given. There must be at least one. */
export function faultsIn(source: Source, faults: readonly Fault[]): QuipuError {
  const lines = source.text.split('\n');
  const texts = faults.map((fault) => {
    const { file, line } = source.placeOf(fault.line);
    const shown = marked((lines[fault.line - 1] ?? '').replace(/\r$/, ''), fault);
    return `${file}:${line}:${fault.column}: ${fault.message}\n${shown}`;
  });
  return new QuipuError('bad-request', texts.join('\n'));
}

/** The line, or the part of a long one around the fault, and `^~~~` below it. */
function marked(line: string, { column, length = 1 }: Fault): string {
  const at = Math.min(column - 1, line.length);
  const from = at < SHOWN - 20 ? 0 : at - SHOWN / 2;
  const piece = printable(line.slice(from, from + SHOWN));
  const [head, tail] = [from > 0 ? '…' : '', from + SHOWN < line.length ? '…' : ''];
  // Tabs stay tabs, so that the mark stands right however wide they are; a pair of surrogates is one character.
  const indent = (head + piece.slice(0, at - from)).replace(/[^\t]/gu, ' ');
  const room = Math.max(1, Math.min(length, from + SHOWN - at, line.length - at));
  const width = Math.max(1, [...piece.slice(at - from, at - from + room)].length);
  return `${head}${piece}${tail}\n${indent}^${'~'.repeat(width - 1)}`;
}

async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      const bytes = Buffer.from(chunk as Buffer | string);
      size += bytes.length;
      if (size > MAX_BYTES) break;
      chunks.push(bytes);
    }
  } catch (error) {
    throw new QuipuError('bad-request', `cannot read ${inputName(path)}: ${fileFault(error)}`);
  }
  if (size > MAX_BYTES) {
    throw new QuipuError('bad-request', `${inputName(path)} is longer than 16 MiB: name the source file`);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}
