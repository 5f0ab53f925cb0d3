import type { NamedBlocks } from './chain-text-names.js';
import { placeText } from './chain-text-source.js';
import type { Chain, Element } from './chain-text-syntax.js';
import { type GraphDocument, parseBinding, parseSubscription } from './graph-document.js';

/**
 * Warns of blocks that nothing leads to: no frame will ever come by them. Mostly somebody meant an earlier block and
 * wrote its type, which makes another. Blocks that frames enter the graph by, and those with events, are not meant.
 */
export function warnOfLoose(
  text: string,
  chains: readonly Chain[],
  { blocks, names }: NamedBlocks,
  graph: GraphDocument,
  warn: (sentence: string) => void,
): void {
  const reached = reachedIn(graph);
  const seen = new Set<string>();
  const types = new Set<string>();
  for (const { elements } of chains) {
    for (const element of elements) {
      const name = names.get(element);
      const block = name === undefined ? undefined : blocks.get(name);
      if (name === undefined || block === undefined || seen.has(name)) continue;
      seen.add(name);
      if (block.kind.mode !== 'source' && !reached.has(name)) {
        warn(`nothing leads to ${name} (line ${placeText(text, placeOf(element))})${remedy(element, types)}`);
      }
      types.add(block.type);
    }
  }
}

function reachedIn({ bindings, subscriptions }: GraphDocument): Set<string> {
  const reached = new Set<string>();
  for (const text of bindings) {
    const binding = parseBinding(text);
    reached.add('upper' in binding ? binding.upper : binding.to);
  }
  for (const text of subscriptions) {
    const { who, to } = parseSubscription(text);
    reached.add(who).add(to);
  }
  return reached;
}

function placeOf({ name, word }: Element): number {
  return (name ?? word).at;
}

/** Only for a block without a name that comes after another of its type. */
function remedy({ name, word }: Element, types: ReadonlySet<string>): string {
  if (name !== null || !types.has(word.text)) return '';
  const example = `${word.text.charAt(0)} :: ${word.text}`;
  return `: to go on from an earlier ${word.text}, give it a name: "${example}"`;
}
