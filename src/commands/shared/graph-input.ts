import { QuipuError } from '../../contract/error.js';
import type { GraphDocument } from '../../control/graph-document.js';
import { parseGraphFile } from '../../control/graph-file.js';
import { inputName, readInput } from './input.js';
import { allKinds } from './kinds.js';

/** Where a command's graph comes from: a file, or a text on the command line. */
export interface GraphSource {
  readonly file?: string | undefined;
  readonly expression?: string | undefined;
  /** Whether a graph without blocks is one that is meant. */
  readonly empty?: boolean | undefined;
}

/**
 * Reads a graph, of which one source must be given. `warn` is told, a sentence each, of what is hardly meant. Throws
 * QuipuError, also for a graph without blocks unless `empty` allows it: what was to give the text has given nothing.
 */
export function readGraph(source: GraphSource, warn: (sentence: string) => void): GraphDocument {
  const { text, name } = textOf(source);
  const graph = parseGraphFile(text, name, allKinds(), warn);
  if (Object.keys(graph.blocks).length > 0 || source.empty) return graph;
  throw new QuipuError(
    'bad-config',
    `${name}: the graph is empty: it would remove every block ("quipu apply --empty" allows that)`,
  );
}

function textOf({ file, expression }: GraphSource): { text: string; name: string } {
  if (file !== undefined && expression !== undefined) {
    throw new QuipuError('bad-request', 'give a file or -e, not both');
  }
  if (expression !== undefined) return { text: expression, name: '-e' };
  if (file === undefined) {
    throw new QuipuError('bad-request', "give a file, - for stdin, or -e 'eth0 -> tee -> counter'");
  }
  return { text: readInput(file), name: inputName(file) };
}
