import { parseAst } from 'vitest/node';
import { subsetFaults } from '../engine/fused/subset.js';

type Tree = Readonly<Record<string, unknown>>;

/**
 * What keeps the `receive` of a block's TypeScript source out of the portable subset, a line each:
 * `file:line: what; write instead`. Empty when all is well.
 */
export function receiveFaults(source: string, uses: readonly string[], file = 'receive'): string[] {
  const receive = find(parseAst(source, { lang: 'ts', astType: 'ts' }));
  if (receive === undefined) return [`${file}: there is no receive`];
  return subsetFaults(receive.value, uses).map(({ offset, what, instead }) => {
    const line = source.slice(0, offset).split('\n').length;
    return `${file}:${line}: ${what} is not portable; write instead: ${instead}`;
  });
}

function find(value: unknown): Tree | undefined {
  if (Array.isArray(value)) return first(value);
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const tree = value as unknown as Tree;
  if (tree.type === 'MethodDefinition' && (tree.key as { name?: string }).name === 'receive') return tree;
  return first(Object.values(tree));
}

function first(values: readonly unknown[]): Tree | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
