import { isChainText, parseChainText } from './chain-text.js';
import { checkGraph, type GraphKinds } from './graph-check.js';
import type { GraphDocument } from './graph-document.js';
import { readYaml } from './yaml-text.js';

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
  const { value, places } = readYaml(text, fileName);
  return checkGraph(value, places, kinds);
}
