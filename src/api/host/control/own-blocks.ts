import { QuipuError } from '../../../contract/error.js';
import { actionsTowards } from '../../../control/difference.js';
import type { DesiredGraph } from '../../../control/graph-document.js';
import type { Engine } from '../../../engine/engine.js';

/** How many blocks are named in a message. */
const MOST_NAMED = 4;

/**
 * Throws QuipuError when a graph would take blocks away that the host is made of: a graph that was written for something else.
 * Removed one by one they may be.
 */
export function refuseLoss(
  engine: Engine,
  host: string,
  links: readonly string[],
  graph: DesiredGraph,
): void {
  const isOwn = (name: string) => name.startsWith(`${host}.`) || links.includes(name);
  const actions = actionsTowards(engine, graph);
  const added = new Set(actions.flatMap((action) => (action.do === 'add' ? [action.name] : [])));
  const lost = actions.flatMap((action) =>
    action.do === 'rm' && isOwn(action.name) && !added.has(action.name) ? [action.name] : [],
  );
  if (lost.length === 0) return;
  const more = lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : '';
  throw new QuipuError(
    'in-use',
    `host ${host} is made of blocks that the graph lacks (${lost.slice(0, MOST_NAMED).join(', ')}${more}): begin with ` +
      'what "quipu show graph" tells of this host, or remove them with "fbctl rm"',
  );
}
