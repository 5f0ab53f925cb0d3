import { readProgram } from '../bpf/any-form.js';
import { type CompiledFilter, compileFilter } from '../bpf/compile.js';
import { describe } from '../bpf/describe.js';
import { interpret } from '../bpf/interpreter.js';
import type { Program } from '../bpf/opcodes.js';
import { BpfError } from '../bpf/tuples.js';
import { validate } from '../bpf/validate.js';
import { QuipuError } from '../contract/error.js';

export type FilterRunner = 'compiled' | 'interpreted';

/**
 * A filter's program from what a user wrote: numbers in any format of bpfc's (`{ 0x28, 0, 0, 12 }, …`), the BPF language
 * (`ldh [12]`) or an expression of pcap-filter(7) (`tcp port 80`). Validated; throws QuipuError with the place of the
 * fault.
 */
export function loadProgram(text: string): Program {
  let program: Program;
  try {
    program = readProgram(text);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    throw new QuipuError('bad-config', `filter, ${error.message}`);
  }
  const fault = validate(program);
  if (fault !== null) {
    throw new QuipuError('bad-config', `filter, instruction ${fault.index}: ${fault.message}`);
  }
  return program;
}

/** The program as a function of a frame: bytes to keep, 0 to drop. Frames lie in `memory`, mostly (see `compileFilter`). */
export function runnerOf(program: Program, how: FilterRunner, memory?: Uint8Array): CompiledFilter {
  if (how === 'compiled') return compileFilter(program, memory);
  return (input, random) => interpret(program, input, random);
}

/** What the seed's kernel printed: every instruction, then that the filter is in. */
export function logProgram(program: Program, log: (text: string) => void): void {
  const hex = (n: number) => `0x${n.toString(16)}`;
  log('Parsed code:');
  program.forEach((i, n) => {
    log(`${n}: c:${hex(i.code)} jt:${i.jt} jf:${i.jf} k:${hex(i.k)}    ${describe(i, n)}`);
  });
  log('Filter injected!');
}
