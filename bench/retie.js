// Group `retie`: how long a change of the graph takes under load, and what it costs in frames.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { retieInMemory } from './retie/in-memory.js';
import { retieOnWire } from './retie/on-wire.js';
import { whyNot } from './shared/cable.js';
import { begin, printTable } from './shared/report.js';
import { percentile } from './shared/statistics.js';

/** A fifth each: insert, filter, rewire, replace, remove. */
const TRANSACTIONS = 1000;
/** Chains for which a function is made. */
const LENGTHS = [1, 10, 50];

/**
 * What both places measure.
 * @typedef {object} Outcome
 * @property {string} place
 * @property {Map<string, number[]>} pauses microseconds, by kind of transaction
 * @property {number[]} [request] microseconds of a request that changes nothing
 * @property {{ sent: number, received: number, lost: number, reordered: number,
 *   reasons?: Record<string, number> }} frames `reasons`: where they were lost
 */

export async function retie() {
  const { write } = begin('retie', `${TRANSACTIONS} transactions under load, microseconds each`);
  /** @type {Outcome[]} */
  const outcomes = [retieInMemory(TRANSACTIONS, 'dispatch'), retieInMemory(TRANSACTIONS, 'fused')];
  const obstacle = whyNot();
  if (obstacle === undefined) outcomes.push(await retieOnWire(TRANSACTIONS));
  else console.log(`  on veth: left out, ${obstacle}`);

  const makings = LENGTHS.map((length) => ({ length, ...making(length) }));
  const rows = [
    ...outcomes.flatMap(({ place, pauses, request }) => [
      ...[...pauses].map(([kind, times]) => row(place, kind, times)),
      row(place, 'all of them', [...pauses.values()].flat()),
      ...(request ? [row(place, '(asking for the status)', request)] : []),
    ]),
    ...makings.map(({ length, micros }) => row('in memory, fused', `(function of ${length})`, micros)),
  ];
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
    const { sent, received, lost, reordered, reasons } = frames;
    console.log(
      `  ${place}: frames sent ${sent}, received ${received}, lost ${lost}, reordered ${reordered}`,
    );
    if (lost !== 0) console.log(`    lost at: ${JSON.stringify(reasons)}`);
    if (lost !== 0 || reordered !== 0) process.exitCode = 1;
  }
  for (const { length, warmFrames, framesUntilWarm, coldMicros, nsPerFrame } of makings) {
    console.log(
      `  function of ${length}: made when ${warmFrames} frames have come, ${nsPerFrame.toFixed(1)} ns a frame after ${framesUntilWarm} more, which took ${coldMicros.toFixed(0)} µs longer than warm ones`,
    );
  }
  const functions = makings.map(({ micros, ...rest }) => ({ ...rest, micros: percentile(micros, 0.5) }));
  const frames = outcomes.map((one) => ({ place: one.place, ...one.frames }));
  write({ parameters: { transactions: TRANSACTIONS, unit: 'microseconds' }, rows, frames, functions });
}

/**
 * In a process of its own, since it is about what V8 has learned and what not.
 * @param {number} length
 * @returns {{ micros: number[], warmFrames: number, framesUntilWarm: number, coldMicros: number, nsPerFrame: number }}
 */
function making(length) {
  const file = join(import.meta.dirname, 'retie/making.js');
  return JSON.parse(execFileSync(process.execPath, [file, String(length)], { encoding: 'utf8' }));
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
