import { QuipuError } from '../contract/error.js';
import { warnOfLoose } from './chain-text-loose.js';
import { nameBlocks } from './chain-text-names.js';
import { ChainPlaces } from './chain-text-places.js';
import { ChainSyntaxError, faultText } from './chain-text-source.js';
import { parseChains } from './chain-text-syntax.js';
import { tieBlocks } from './chain-text-ties.js';
import { checkGraph, type GraphKinds } from './graph-check.js';
import type { GraphDocument } from './graph-document.js';

const BLANK = /[\s\ufeff]+|#.*|\/\/.*/y;
const FIRST_WORD = /[A-Za-z0-9_][A-Za-z0-9_.-]*[ \t]*(:(?=\s|$))?/y;
const FIRST_SIGN = /[;(~]|->/y;

/**
 * Whether a graph's text is chain text. It is when it begins, comments aside, with a word that is no key (`blocks:`),
 * or with a sign of chain text; a document begins with a key, a bracket of JSON or some other sign of YAML.
 */
export function isChainText(text: string): boolean {
  let at = 0;
  for (BLANK.lastIndex = 0; BLANK.test(text); ) at = BLANK.lastIndex;
  // Nothing but comments: `//` is one in chain text only.
  if (at === text.length) return text.includes('//');
  FIRST_WORD.lastIndex = at;
  const word = FIRST_WORD.exec(text);
  if (word !== null) return word[1] === undefined;
  FIRST_SIGN.lastIndex = at;
  return FIRST_SIGN.test(text);
}

/**
 * Reads chain text such as `eth0 -> tee -> bpf(arp) -> counter`; docs/graph-text.md describes it. Throws QuipuError
 * bad-config that tells each fault as `file:line:column: …`, with the line and a caret. `warn` is told, a sentence each,
 * of what is no fault but is hardly meant.
 */
export function parseChainText(
  text: string,
  file: string,
  kinds: GraphKinds,
  warn: (sentence: string) => void = () => {},
): GraphDocument {
  const places = new ChainPlaces(text, file);
  try {
    const chains = parseChains(text);
    const named = nameBlocks(text, chains, kinds, places);
    const ties = tieBlocks(chains, named, places);
    places.failIfFaulty();
    const graph = Object.fromEntries(
      [...named.blocks].map(([name, { type, config }]) => [name, { type, config }] as const),
    );
    const document = checkGraph({ quipu: 1, blocks: graph, ...ties }, places, kinds);
    warnOfLoose(text, chains, named, document, warn);
    return document;
  } catch (error) {
    if (!(error instanceof ChainSyntaxError)) throw error;
    throw new QuipuError('bad-config', faultText(file, text, error.offset, error.message));
  }
}
