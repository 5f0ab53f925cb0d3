// What both places of group `engines` run: a chain that costs the processor something, in as many engines as there are.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('../../dist/index.js').ActionInput} Action */
/** @typedef {import('../../dist/index.js').BlockView} BlockView */
/** @typedef {import('../../dist/index.js').NodeStatus} Status */
/** @typedef {(request: import('../../dist/index.js').RequestInput) => Promise<unknown>} Ask */

export const FLOWS = 512;
/** Blocks of the chain, and instructions that each interprets for a frame. */
export const BLOCKS = 8;
export const INSTRUCTIONS = 250;
const WARM_MS = 1000;
const MEASURE_MS = 2000;

/** Filters that add up bytes and let all pass: interpreted, so that there is something to do. */
const filter = [
  ...Array.from({ length: INSTRUCTIONS - 1 }, (_, i) =>
    i % 2 === 0 ? `{ 0x30, 0, 0, ${i % 60} }` : '{ 0x04, 0, 0, 3 }',
  ),
  '{ 0x6, 0, 0, 0xffffffff }',
].join(', ');

/** The chain `work0` … `count`; frames enter at `work0` and leave `count` by its ingress port. @returns {Action[]} */
export function chain() {
  const names = [...Array.from({ length: BLOCKS }, (_, i) => `work${i}`), 'count'];
  return [
    ...names.map((name) =>
      name === 'count'
        ? { do: /** @type {const} */ ('add'), name, type: 'counter' }
        : { do: /** @type {const} */ ('add'), name, type: 'bpf', config: { filter, run: 'interpreted' } },
    ),
    ...names.slice(1).map((upper, i) => ({ do: /** @type {const} */ ('bind'), upper, lower: names[i] })),
  ];
}

/**
 * Frames a second that reach the end of the chain, what each engine did meanwhile, and how many cores that took.
 * @param {Ask} ask @param {() => number} cpu seconds of CPU used so far
 */
export async function rateOf(ask, cpu) {
  await sleep(WARM_MS);
  const show = async () => /** @type {BlockView} */ (await ask({ op: 'show', name: 'count' }));
  const [before, start, used] = [await show(), performance.now(), cpu()];
  await sleep(MEASURE_MS);
  const [after, end] = [await show(), performance.now()];
  const since = (/** @type {number} */ packets, /** @type {number} */ than) => packets - than;
  const seconds = (end - start) / 1000;
  const cores = (cpu() - used) / seconds;
  return {
    cores,
    rate: since(after.counters.packets, before.counters.packets) / seconds,
    shares: sharesOf(after).map((packets, i) => Math.round(since(packets, sharesOf(before)[i]) / seconds)),
  };
}

/** What each engine has counted. @param {BlockView} view */
export function sharesOf(view) {
  return (view.engines ?? [view]).map(({ counters }) => counters.packets);
}

/** Fails unless every account is exact, in each engine and together. @param {Status} status @param {BlockView[]} views */
export function check({ totals, pool }, views) {
  const faults = [];
  const went = totals.out + totals.consumed + totals.dropped + totals.held;
  if (totals.in + totals.created !== went) faults.push(`account: ${JSON.stringify(totals)}`);
  if (totals.held === 0 && pool.free !== pool.size) faults.push(`pool: ${JSON.stringify(pool)}`);
  for (const { name, counters, engines } of views) {
    for (const [counter, value] of Object.entries(counters)) {
      const sum = (engines ?? []).reduce((all, part) => all + part.counters[counter], 0);
      if (engines && sum !== value) faults.push(`${name}.${counter}: ${sum} in all engines, ${value} shown`);
    }
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
}
