import { assemble } from '../../bpf/assembly/assemble.js';
import type { Place } from '../../bpf/assembly/scanner.js';
import { compileExpression } from '../../bpf/expression.js';
import { parseProgram } from '../../bpf/formats.js';
import { KEEP_ALL, type Program, statement } from '../../bpf/opcodes.js';
import { BpfError } from '../../bpf/tuples.js';
import { validate } from '../../bpf/validate.js';
import { QuipuError } from '../../contract/error.js';
import {
  faultIn,
  faultsIn,
  type ReadOptions,
  readSource,
  type Source,
  textSource,
} from '../shared/source.js';

export interface Loaded {
  readonly program: Program;
  readonly source: Source;
  /** Where each instruction is written; null for a program that was numbers, or an expression. */
  readonly places: readonly Place[] | null;
}

/** A program from a file: BPF language, or any of the formats that bpfc writes. Throws QuipuError. */
export async function loadFile(path: string, options: ReadOptions): Promise<Loaded> {
  return loadText(await readSource(path, options));
}

export function loadText(source: Source): Loaded {
  // Tuples are part of the language; what is wrong with them is told instruction by instruction then.
  const isTuples = /^\s*\{\s*[^"\s]/.test(source.text);
  const numbers = isTuples ? null : located(source, () => parseProgram(source.text));
  if (numbers !== null) return { program: numbers, source, places: null };
  const assembled = assemble(source.text);
  if ('faults' in assembled) throw faultsIn(source, assembled.faults);
  return { ...assembled, source };
}

/** Throws QuipuError. `snaplen` is what to keep of a frame, in bytes. */
export function loadExpression(expression: string, snaplen = KEEP_ALL): Loaded {
  const source = textSource('-e', expression);
  const program = located(source, () => compileExpression(expression));
  const keep = statement(KEEPS, snaplen);
  const cut = program.map((one) => (one.code === KEEPS && one.k === KEEP_ALL ? keep : one));
  return { program: cut, source, places: null };
}

const KEEPS = 0x06;

/** Why the kernel would refuse the program, with the place; null when it would not. */
export function faultOfProgram({ program, source, places }: Loaded): QuipuError | null {
  const fault = validate(program);
  if (fault === null) return null;
  const message = `the kernel refuses this: ${fault.message} (-b writes it all the same)`;
  const place = places?.[fault.index];
  if (place !== undefined) return faultIn(source, { ...place, message });
  return new QuipuError('bad-request', `${source.name}, instruction ${fault.index}: ${message}`);
}

function located<T>(source: Source, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    // Its own place counts the text's lines.
    const message = error.message.replace(/^line \d+, column \d+: /, '');
    throw faultIn(source, { message, line: error.line, column: error.column });
  }
}
