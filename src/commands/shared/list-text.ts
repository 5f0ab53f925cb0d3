import type { BlockRow, TypeView } from '../../control/views.js';
import { table } from './table.js';

/**
 * The table of `fbctl list`: the columns of the seed's /proc/net/lana/fblocks (004 C.3), the kernel address left out.
 * `named` puts names where the seed has dispatch points.
 */
export function listText(rows: readonly BlockRow[], named = false): string {
  const names = new Map(rows.map(({ idp, name }) => [idp, name]));
  const textOf = (idp: number) => (named ? (names.get(idp) ?? `${idp}`) : `${idp}`);
  const cells = rows.map(({ name, type, idp, references, bound }) => [
    name,
    type,
    `${idp}`,
    `${references}`,
    `[${bound.map(textOf).join(' ')}]`,
  ]);
  return table(
    [['NAME', 'TYPE', 'IDP', 'REFS', 'BOUND'], ...cells],
    ['left', 'left', 'right', 'right', 'left'],
  );
}

export function typesText(types: readonly TypeView[]): string {
  const cells = types.map(({ type, mode, ports, summary }) => [
    type,
    mode,
    `${ports.ingress}`,
    `${ports.egress}${ports.group ? ` ${ports.group}` : ''}`,
    summary,
  ]);
  return table([['TYPE', 'MODE', 'INGRESS', 'EGRESS', 'SUMMARY'], ...cells]);
}
