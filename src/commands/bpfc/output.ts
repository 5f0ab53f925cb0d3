import { listing } from '../../bpf/assembly/disassemble.js';
import { type Format, formatProgram } from '../../bpf/formats.js';
import type { QuipuError } from '../../contract/error.js';
import { faultOfProgram, type Loaded } from './load.js';

export interface OutputOptions {
  readonly format: Format;
  /** Whether a program that the kernel refuses is written all the same. */
  readonly bypass: boolean;
  /** Whether the instructions are shown first, as netsniff-ng's -V does; never in front of JSON. */
  readonly verbose: boolean;
  /** Whether the program itself is wanted. */
  readonly result: boolean;
}

/** What bpfc prints for a program, and why it then fails; null when it does not. */
export function compiled(
  loaded: Loaded,
  { format, bypass, verbose, result }: OutputOptions,
): { readonly text: string; readonly fault: QuipuError | null } {
  const fault = bypass ? null : faultOfProgram(loaded);
  const written = fault === null && result ? formatProgram(loaded.program, format) : '';
  if (!verbose || format === 'json') return { text: written, fault };
  const validated = bypass ? '' : `Validating: is ${fault === null ? '' : 'not '}runnable!\n`;
  const head = `Generated program:\n${listing(loaded.program)}${validated}`;
  return { text: fault === null ? `${head}Result:\n${written}` : head, fault };
}
