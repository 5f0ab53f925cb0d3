import type { NodeStatus } from '../../control/views.js';
import type { DropLine } from '../../engine/accounts.js';
import { table } from './table.js';

/** `frames in 10, created 2, out 3, consumed 5, dropped 4, held 0`, the order in which the sum goes up. */
export function totalsLine({ totals }: Pick<NodeStatus, 'totals'>, reasons = ''): string {
  const { in: entered, created, out, consumed, dropped, held } = totals;
  return `frames in ${entered}, created ${created}, out ${out}, consumed ${consumed}, dropped ${dropped}${reasons}, held ${held}`;
}

/** ` (filtered 3, queue-full 1)`: drops by reason, summed over the blocks; empty without drops. */
export function reasonsText(drops: readonly DropLine[]): string {
  const sums = new Map<string, number>();
  for (const { reason, count } of drops) sums.set(reason, (sums.get(reason) ?? 0) + count);
  if (sums.size === 0) return '';
  return ` (${[...sums].map(([reason, count]) => `${reason} ${count}`).join(', ')})`;
}

/** The drop ledger, most first. */
export function dropsText(drops: readonly DropLine[], indent = ''): string {
  const rows = [...drops]
    .sort((a, b) => b.count - a.count)
    .map(({ block, reason, count, text }) => [block, reason, `${count}`, text]);
  return table([['BLOCK', 'REASON', 'COUNT', 'MEANING'], ...rows], ['left', 'left', 'right', 'left'], indent);
}
