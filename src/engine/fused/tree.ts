import type { AnyNode } from 'acorn';

export type { AnyNode };

/** A node below another, and how to put something else in its place. */
export interface Child {
  readonly node: AnyNode;
  replace(next: AnyNode): void;
}

/** The nodes right below one, in the order of the text; names of members (`x` of `frame.x`) are left out. */
export function childrenOf(parent: AnyNode): Child[] {
  const fields = parent as unknown as Record<string, unknown>;
  const found: Child[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if ((key === 'property' || key === 'key') && fields.computed !== true) continue;
    if (key === 'label') continue;
    if (Array.isArray(value)) {
      value.forEach((one, index) => {
        if (isNode(one)) found.push({ node: one, replace: (next) => (value[index] = next) });
      });
    } else if (isNode(value)) {
      found.push({ node: value, replace: (next) => (fields[key] = next) });
    }
  }
  return found;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
