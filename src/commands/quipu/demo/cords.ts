import type { BlockView } from '../../../control/views.js';

/** Blocks on top of each other, the lowest first, and the cords that part above the last. */
export interface Cord {
  readonly blocks: readonly BlockView[];
  readonly branches: readonly Cord[];
}

/** Follows the ingress bindings upwards from a block. A block that is reached twice is shown once. */
export function cordFrom(name: string, blocks: readonly BlockView[]): Cord {
  const byName = new Map(blocks.map((block) => [block.name, block]));
  return follow(name, byName, new Set());
}

function follow(name: string, byName: ReadonlyMap<string, BlockView>, seen: Set<string>): Cord {
  const chain: BlockView[] = [];
  let upper = [name];
  while (upper.length === 1) {
    const block = byName.get(upper[0]);
    if (block === undefined || seen.has(block.name)) break;
    seen.add(block.name);
    chain.push(block);
    upper = block.edges.filter(({ port }) => port.startsWith('ingress')).map(({ to }) => to);
  }
  const branches = upper.length < 2 ? [] : upper.map((next) => follow(next, byName, seen));
  return { blocks: chain, branches };
}
