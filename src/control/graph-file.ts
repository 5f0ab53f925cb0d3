import { LineCounter, parseDocument } from 'yaml';
import { QuipuError } from '../contract/error.js';
import { isChainText, parseChainText } from './chain-text.js';
import { checkGraph, failWith, type GraphKinds, sentence } from './graph-check.js';
import type { GraphDocument } from './graph-document.js';
import { YamlPlaces } from './yaml-place.js';

/**
 * Reads the file of `quipu apply`: a document in YAML, of which JSON is a part, or chain text; its first line tells
 * which (`isChainText`). `kinds` are the block types there are. Throws QuipuError bad-config that tells each fault as
 * `file:line:column: …`. `warn` is told of what is hardly meant, as by `parseChainText`.
 */
export function parseGraphFile(
  text: string,
  fileName: string,
  kinds: GraphKinds,
  warn?: (sentence: string) => void,
): GraphDocument {
  if (isChainText(text)) return parseChainText(text, fileName, kinds, warn);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const places = new YamlPlaces(document, lines, fileName);
    const broken = [...document.errors, ...document.warnings];
    const faults = broken.map((error) => ({ at: error.pos[0], message: sentence(error.message) }));
    if (faults.length > 0) failWith(faults, places);
    const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
    return checkGraph(value, places, kinds);
  } catch (error) {
    if (error instanceof QuipuError) throw error;
    // The YAML parser's own limits: aliases that multiply, or more nesting than the stack holds.
    throw new QuipuError(
      'bad-config',
      `${fileName}:1:1: cannot be read: ${sentence((error as Error).message)}`,
    );
  }
}
