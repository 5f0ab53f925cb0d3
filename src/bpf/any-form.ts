import { assemble } from './assembly/assemble.js';
import { beginsAssembly } from './assembly/parser.js';
import { compileExpression } from './expression.js';
import { parseProgram } from './formats.js';
import type { Program } from './opcodes.js';
import { BpfError, parseTuples } from './tuples.js';

/** Nothing but blanks, or a comment in front: an expression has none. */
const NO_EXPRESSION = /^\s*(?:$|[;#]|\/[/*])/;

/**
 * A program from what a user wrote, in whatever form: numbers as bpfc and tcpdump write them (`{ 0x28, 0, 0, 12 }, …`,
 * `4,40 0 0 12,…`), the BPF language (`ldh [12]`) or an expression of pcap-filter(7) (`tcp port 80`). Not validated.
 * Throws BpfError with the place of the first fault.
 */
export function readProgram(text: string): Program {
  if (beginsAssembly(text)) {
    const assembled = assemble(text);
    if (!('faults' in assembled)) return assembled.program;
    const [{ message, line, column }] = assembled.faults;
    throw new BpfError(message, line, column);
  }
  return parseProgram(text) ?? (NO_EXPRESSION.test(text) ? parseTuples(text) : compileExpression(text));
}
