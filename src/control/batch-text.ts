import { fbctlActions } from './command-text.js';
import { type VlinkMeaning, vlinkMeaning } from './vlink-text.js';
import { refuse, splitCommands, type Word } from './words.js';

/** One line of a batch: `fbctl bind a b`, the same without `fbctl`, or `vlink ethernet …`. */
export type BatchItem = VlinkMeaning;

/** Reads a file of commands. Throws QuipuError bad-request with `file:line:column`. */
export function parseBatch(text: string, file: string): BatchItem[] {
  return splitCommands(text, file).map(meaning);
}

function meaning(words: Word[]): BatchItem {
  const [first, ...rest] = words;
  const tool = first.text;
  if (tool !== 'vlink' && tool !== 'fbctl') return { actions: fbctlActions(words) };
  if (rest.length === 0) refuse(first, `${tool} wants a command behind it`);
  return tool === 'vlink' ? vlinkMeaning(rest) : { actions: fbctlActions(rest) };
}
