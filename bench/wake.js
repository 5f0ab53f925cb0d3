// Group `wake`: what it takes to wake the main thread from a worker that is busy.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const ROUNDS = 5;
const WAYS = ['postMessage', 'eventfd, koffi', 'eventfd, writeSync', 'waitAsync'];
/** Frames, nanoseconds from one burst to the next, frames of a burst. */
const LOADS = [
  { load: '100/s', count: 100, gap: 10_000_000, burst: 1 },
  { load: '10,000/s', count: 10_000, gap: 100_000, burst: 1 },
  { load: 'bursts of 64, 1,000/s', count: 64_000, gap: 1_000_000, burst: 64 },
];

/** @typedef {{ p50: number, p99: number, wakes: number, wakeCost: number, readerCpu: number }} Run microseconds */

export async function wake() {
  const { write } = begin('wake', 'from a busy worker to the main thread, microseconds');
  const rows = LOADS.flatMap(({ load, count, gap, burst }) => {
    const runs = WAYS.map(() => /** @type {Run[]} */ ([]));
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < WAYS.length; turn++) {
        const which = (turn + round) % WAYS.length;
        runs[which].push(runOf(WAYS[which], count, gap, burst));
      }
    }
    return WAYS.map((way, i) => {
      const over = (/** @type {(run: Run) => number} */ number) => summary(runs[i].map(number));
      return {
        load,
        way,
        p50: over(({ p50 }) => p50),
        p99: over(({ p99 }) => p99),
        wakes: over(({ wakes }) => wakes),
        wakeCost: over(({ wakeCost }) => wakeCost),
        readerCpu: over(({ readerCpu }) => readerCpu),
      };
    });
  });
  printTable(
    ['load', 'way', 'p50', 'p99', 'wake-ups', 'of the worker each', "reader's CPU a frame"],
    rows.map(({ load, way, p50, p99, wakes, wakeCost, readerCpu }) => [
      load,
      way,
      p50.median.toFixed(0),
      p99.median.toFixed(0),
      wakes.median,
      wakeCost.median.toFixed(1),
      readerCpu.median.toFixed(1),
    ]),
  );
  write({ parameters: { rounds: ROUNDS, loads: LOADS, unit: 'microseconds' }, rows });
}

/** @param {string} way @param {number} count @param {number} gap @param {number} burst @returns {Run} */
function runOf(way, count, gap, burst) {
  const file = join(import.meta.dirname, 'wake/run.js');
  const args = [file, way, ...[count, gap, burst].map(String)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 }));
}
