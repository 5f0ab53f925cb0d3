// Group `retie`: how long a change of the graph takes under load, and what it costs in frames.

import { retieInMemory } from './retie/in-memory.js';
import { retieOnWire } from './retie/on-wire.js';
import { whyNot } from './shared/cable.js';
import { begin, printTable } from './shared/report.js';
import { percentile } from './shared/statistics.js';

/** A fifth each: insert, filter, rewire, replace, remove. */
const TRANSACTIONS = 1000;

/**
 * What both places measure.
 * @typedef {object} Outcome
 * @property {string} place
 * @property {Map<string, number[]>} pauses microseconds, by kind of transaction
 * @property {number[]} [request] microseconds of a request that changes nothing
 * @property {{ sent: number, received: number, lost: number, reordered: number }} frames
 */

export async function retie() {
  const { write } = begin('retie', `${TRANSACTIONS} transactions under load, microseconds each`);
  /** @type {Outcome[]} */
  const outcomes = [retieInMemory(TRANSACTIONS)];
  const obstacle = whyNot();
  if (obstacle === undefined) outcomes.push(await retieOnWire(TRANSACTIONS));
  else console.log(`  on veth: left out, ${obstacle}`);

  const rows = outcomes.flatMap(({ place, pauses, request }) => [
    ...[...pauses].map(([kind, times]) => row(place, kind, times)),
    row(place, 'all of them', [...pauses.values()].flat()),
    ...(request ? [row(place, '(asking for the status)', request)] : []),
  ]);
  printTable(
    ['place', 'transaction', 'p50', 'p99', 'max'],
    rows.map(({ place, kind, p50, p99, max }) => [
      place,
      kind,
      p50.toFixed(0),
      p99.toFixed(0),
      max.toFixed(0),
    ]),
  );
  for (const { place, frames } of outcomes) {
    const { sent, received, lost, reordered } = frames;
    console.log(
      `  ${place}: frames sent ${sent}, received ${received}, lost ${lost}, reordered ${reordered}`,
    );
    if (lost !== 0 || reordered !== 0) process.exitCode = 1;
  }
  const frames = outcomes.map((one) => ({ place: one.place, ...one.frames }));
  write({ parameters: { transactions: TRANSACTIONS, unit: 'microseconds' }, rows, frames });
}

/** @param {string} place @param {string} kind @param {readonly number[]} times */
function row(place, kind, times) {
  return {
    place,
    kind,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    max: percentile(times, 1),
  };
}
