// Group `engines`: what a second engine, on a second core, adds to a chain that keeps the processor busy.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { OFFERED, onWire } from './engines/on-wire.js';
import { BLOCKS, FLOWS, INSTRUCTIONS } from './engines/work.js';
import { Cables, whyNot } from './shared/cable.js';
import { begin, kilo, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const ENGINES = [1, 2];
const ROUNDS = 5;

/** @typedef {{ rate: number, cores: number, shares: number[], reordered?: number, unaccounted?: number, dropped: number }} Run */

export async function engines() {
  const { write } = begin(
    'engines',
    `frames a second through ${BLOCKS} filters of ${INSTRUCTIONS} instructions, interpreted`,
  );
  const obstacle = whyNot();
  if (obstacle !== undefined) console.log(`  on veth: left out, ${obstacle}`);
  const cables = new Cables();
  const places = [
    { place: 'in memory', run: async (/** @type {number} */ count) => inMemory(count, 'rate') },
    ...(obstacle === undefined
      ? [{ place: 'on veth', run: (/** @type {number} */ count) => onWire(count, cables) }]
      : []),
  ];
  const rows = [];
  for (const { place, run } of places) {
    /** @type {Run[][]} */
    const runs = ENGINES.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, count] of ENGINES.entries()) runs[i].push(await run(count));
    }
    for (const [i, count] of ENGINES.entries()) {
      const beside = runs[i].map(({ rate }, round) => rate / runs[0][round].rate);
      rows.push({
        place,
        engines: count,
        rate: summary(runs[i].map(({ rate }) => rate)),
        besideOne: summary(beside),
        cores: summary(runs[i].map(({ cores }) => cores)),
        perCore: summary(runs[i].map(({ rate, cores }) => rate / cores)),
        shares: runs[i].map(({ shares }) => shares),
        reordered: sum(runs[i], 'reordered'),
        unaccounted: sum(runs[i], 'unaccounted'),
      });
    }
  }
  const order = ENGINES.map((count) => ({ engines: count, ...inMemory(count, 'order') }));
  printTable(
    [
      'place',
      'engines',
      'k frames/s',
      'low-high',
      'beside one',
      'cores',
      'k frames/s each core',
      'each engine',
      'reordered',
      'unaccounted',
    ],
    rows.map(({ place, engines: count, rate, besideOne, cores, perCore, shares, reordered, unaccounted }) => [
      place,
      count,
      kilo(rate.median),
      `${kilo(rate.low)}-${kilo(rate.high)}`,
      besideOne.median.toFixed(2),
      cores.median.toFixed(2),
      kilo(perCore.median),
      shares[0].map(kilo).join(' + '),
      place === 'in memory' ? '' : reordered,
      place === 'in memory' ? '' : unaccounted,
    ]),
  );
  for (const { engines: count, frames, flows, missing, reordered } of order) {
    console.log(
      `  in memory, ${count} engines: ${frames} frames of ${flows} flows, ${missing} missing, ${reordered} reordered`,
    );
    if (missing !== 0 || reordered !== 0 || flows !== FLOWS) process.exitCode = 1;
  }
  if (rows.some(({ reordered, unaccounted }) => reordered !== 0 || unaccounted !== 0)) process.exitCode = 1;
  console.log(
    '  counters of all engines sum up exactly, and so does every account: else the group had failed',
  );
  const parameters = {
    flows: FLOWS,
    blocks: BLOCKS,
    instructions: INSTRUCTIONS,
    rounds: ROUNDS,
    offeredOnVeth: OFFERED,
  };
  write({ parameters, rows, order });
}

/** A process for each run. @param {number} count @param {'rate' | 'order'} mode */
function inMemory(count, mode) {
  const file = join(import.meta.dirname, 'engines/in-memory.js');
  return JSON.parse(execFileSync(process.execPath, [file, String(count), mode], { encoding: 'utf8' }));
}

/** @param {readonly Run[]} runs @param {'reordered' | 'unaccounted'} name */
function sum(runs, name) {
  return runs.reduce((total, run) => total + (run[name] ?? 0), 0);
}
