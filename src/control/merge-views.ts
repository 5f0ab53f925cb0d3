import type { DropLine, Totals } from '../engine/accounts.js';
import type { TransactionReport } from './service.js';
import type { BlockShare, BlockView, LinkView, NodeStatus } from './views.js';

// What the engines of a node answer, as one answer. The first engine's is the base: all have the same graph, and blocks
// that are in one engine only are in the first.

/** The account of the whole node; `engines` has a row for each. */
export function mergeStatus(parts: readonly NodeStatus[]): NodeStatus {
  const [first] = parts;
  return {
    ...first,
    totals: mergeTotals(parts.map(({ totals }) => totals)),
    drops: mergeDrops(parts.map(({ drops }) => drops)),
    engines: parts.flatMap(({ engines }) => engines),
    pool: {
      size: sum(parts.map(({ pool }) => pool.size)),
      free: sum(parts.map(({ pool }) => pool.free)),
      slotBytes: first.pool.slotBytes,
    },
  };
}

/**
 * One block: counters, drops, links and held frames of all engines, and what each has of them under `engines`. Details
 * cannot be summed: where several engines answer, they are only there.
 */
export function mergeBlock(parts: readonly BlockView[]): BlockView {
  const [{ details, ...first }] = parts;
  return {
    ...first,
    ...(parts.length === 1 && details !== undefined ? { details } : {}),
    counters: mergeNumbers(parts.map(({ counters }) => counters)),
    drops: mergeDrops(parts.map(({ drops }) => drops)),
    links: first.links.map((link, i) =>
      mergeLink(
        link,
        parts.map(({ links }) => links[i]),
      ),
    ),
    held: sum(parts.map(({ held }) => held)),
    engines: parts.map(shareOf),
  };
}

/** The blocks of all engines: the same ones in each, in the same order. */
export function mergeBlocks(parts: readonly (readonly BlockView[])[]): BlockView[] {
  return parts[0].map((_, i) => mergeBlock(parts.map((views) => views[i])));
}

/** The first engine's answer; frames waited for the slowest. */
export function mergeReports(parts: readonly TransactionReport[]): TransactionReport {
  return { ...parts[0], micros: Math.max(...parts.map(({ micros }) => micros)) };
}

/** Sums by block and reason, in the order in which they first appear. */
export function mergeDrops(parts: readonly (readonly DropLine[])[]): DropLine[] {
  const lines = new Map<string, DropLine>();
  for (const line of parts.flat()) {
    const key = `${line.block} ${line.reason}`;
    const before = lines.get(key);
    lines.set(key, before ? { ...line, ...before, count: before.count + line.count } : line);
  }
  return [...lines.values()];
}

function shareOf(view: BlockView, engine: number): BlockShare {
  const { counters, drops, links, held, details } = view;
  return { engine, counters, drops, links, held, ...(details === undefined ? {} : { details }) };
}

/** A link that each engine has for itself; in the others it is missing. */
function mergeLink(first: LinkView, all: readonly (LinkView | undefined)[]): LinkView {
  const there = all.filter((link) => link !== undefined);
  const total = (name: 'framesIn' | 'bytesIn' | 'framesOut' | 'bytesOut' | 'waiting') =>
    sum(there.map((link) => link[name]));
  const error = there.find((link) => link.lastError !== undefined)?.lastError;
  return {
    ...first,
    framesIn: total('framesIn'),
    bytesIn: total('bytesIn'),
    framesOut: total('framesOut'),
    bytesOut: total('bytesOut'),
    waiting: total('waiting'),
    ...(error === undefined ? {} : { lastError: error }),
  };
}

function mergeTotals(parts: readonly (Totals & { readonly held: number })[]): Totals & { held: number } {
  return mergeNumbers(parts as unknown as Readonly<Record<string, number>>[]) as unknown as Totals & {
    held: number;
  };
}

function mergeNumbers(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  return Object.fromEntries(
    Object.keys(parts[0]).map((name) => [name, sum(parts.map((part) => part[name]))]),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
