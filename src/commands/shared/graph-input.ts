import { catalogue } from '../../blocks/catalogue.js';
import { QuipuError } from '../../contract/error.js';
import { kindsOf } from '../../control/graph-check.js';
import type { GraphDocument } from '../../control/graph-document.js';
import { parseGraphFile } from '../../control/graph-file.js';
import { inputName, readInput } from './input.js';

/** Where a command's graph comes from: a file, or a text on the command line. */
export interface GraphSource {
  readonly file?: string | undefined;
  readonly expression?: string | undefined;
}

/** Reads a graph, of which one source must be given. Throws QuipuError. */
export function readGraph({ file, expression }: GraphSource): GraphDocument {
  if (file !== undefined && expression !== undefined) {
    throw new QuipuError('bad-request', 'give a file or -e, not both');
  }
  if (expression !== undefined) return parseGraphFile(expression, '-e', kindsOf(catalogue));
  if (file === undefined) {
    throw new QuipuError('bad-request', "give a file, - for stdin, or -e 'eth0 -> tee -> counter'");
  }
  return parseGraphFile(readInput(file), inputName(file), kindsOf(catalogue));
}
