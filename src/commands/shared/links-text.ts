import type { BlockView, LinkView } from '../../control/views.js';
import { table } from './table.js';

/** A link with the block that holds it. */
export interface LinkRow extends LinkView {
  readonly block: string;
  readonly type: string;
}

export function linkRows(views: readonly BlockView[]): LinkRow[] {
  return views.flatMap(({ name, type, links }) => links.map((link) => ({ block: name, type, ...link })));
}

export function linksText(rows: readonly LinkRow[], indent = ''): string {
  const cells = rows.map((row) => [
    row.block,
    row.kind,
    row.target,
    row.state,
    `${row.framesIn}`,
    `${row.framesOut}`,
    `${row.waiting}`,
    row.lastError ?? '',
  ]);
  const head = ['BLOCK', 'LINK', 'TARGET', 'STATE', 'IN', 'OUT', 'WAITING', ''];
  return table([head, ...cells], ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'left'], indent);
}
