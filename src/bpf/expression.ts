import { assemble } from './expression/assemble.js';
import { factor } from './expression/factor.js';
import { condition } from './expression/generate.js';
import { graphOf, REFUSE } from './expression/graph.js';
import { faultAt } from './expression/lexer.js';
import { optimise } from './expression/optimise.js';
import { parseExpression } from './expression/parser.js';
import { Values } from './expression/values.js';
import { MAX_INSTRUCTIONS, type Program } from './opcodes.js';

/**
 * Turns an expression of pcap-filter(7), such as `tcp port 80 and not net 10.0.0.0/8`, into a program for Ethernet
 * frames that keeps whole what the expression is true of. Its meaning is libpcap's: `and` and `or` are of equal rank,
 * ports are looked for in first fragments only and, with IPv6, right behind the fixed header, and a frame
 * too short for a byte that is asked for is refused. Names of hosts, networks and services are not looked up.
 * What is not understood of pcap-filter(7) is told in docs/filters.md. Throws BpfError with the place of the fault,
 * also for what would take more than 4096 instructions and for what is seen to accept no frame at all.
 */
export function compileExpression(text: string): Program {
  const values = new Values();
  const graph = graphOf(factor(condition(values, parseExpression(text), text)));
  const tooLong = () => faultAt(text, 0, `the expression takes more than ${MAX_INSTRUCTIONS} instructions`);
  if (graph === null) throw tooLong();
  const root = optimise(graph);
  if (root === REFUSE) throw faultAt(text, 0, 'no frame can be so: the expression contradicts itself');
  let program: Program;
  try {
    program = assemble(root);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw faultAt(text, 0, error.message);
  }
  if (program.length > MAX_INSTRUCTIONS) throw tooLong();
  return program;
}
