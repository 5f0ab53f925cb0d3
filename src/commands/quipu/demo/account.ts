import type { NodeStatus } from '../../../control/views.js';
import { reasonsText } from '../../shared/totals-text.js';

/** True when every frame that came or was made is accounted for. */
export function holds({ totals }: Pick<NodeStatus, 'totals'>): boolean {
  const { in: entered, created, out, consumed, dropped, held } = totals;
  return entered + created === out + consumed + dropped + held;
}

/** What is wrong with the account of an engine that has closed; empty when all is well. */
export function faults(status: NodeStatus, kernelCount: number | null): string[] {
  const { totals, pool, drops } = status;
  const named = drops.reduce((sum, { count }) => sum + count, 0);
  const found: string[] = [];
  if (!holds(status)) found.push(`the account is broken: ${equation(status)}`);
  if (totals.held !== 0) found.push(`${totals.held} frames were still held at the end`);
  if (named !== totals.dropped) found.push(`${totals.dropped} frames dropped, but reasons for ${named}`);
  if (pool.free !== pool.size) found.push(`${pool.size - pool.free} frames never came back to the pool`);
  if (kernelCount !== null && kernelCount !== totals.in) {
    found.push(`the kernel counted ${kernelCount} frames on eth0, Quipu ${totals.in}`);
  }
  return found;
}

/** `in 2 + created 2 = out 0 + consumed 2 + dropped 2 (filtered 2) + held 0` */
export function equation({ totals, drops }: Pick<NodeStatus, 'totals' | 'drops'>): string {
  const { in: entered, created, out, consumed, dropped, held } = totals;
  return `in ${entered} + created ${created} = out ${out} + consumed ${consumed} + dropped ${dropped}${reasonsText(drops)} + held ${held}`;
}

/** The last line of the demo. Nothing is held when everything is closed. */
export function lastLine({ totals, drops }: Pick<NodeStatus, 'totals' | 'drops'>): string {
  const { in: entered, created, out, consumed, dropped } = totals;
  return `frames in ${entered}, created ${created}, out ${out}, consumed ${consumed}, dropped ${dropped}${reasonsText(drops)}`;
}
