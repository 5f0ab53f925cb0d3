// Group `chain`: what the dispatch engine costs, in memory, without link, thread or OS.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const LENGTHS = [0, 1, 2, 5, 10, 20, 50];
const KINDS = ['forward', 'counter', 'mixed'];
const ROUNDS = 5;

export async function chain() {
  const { write } = begin('chain', 'dispatch engine, ns per frame through a chain of N blocks and a discard');
  /** @type {{ kind: string, length: number, nsPerFrame: ReturnType<typeof summary>, digest: string }[]} */
  const rows = [];
  const table = [];
  for (const length of LENGTHS) {
    const medians = [];
    let digests = '';
    // Without a block the kinds are the same thing.
    for (const kind of length === 0 ? ['forward'] : KINDS) {
      // A process for each: what V8 has learned from one configuration must not help or spoil another.
      const runs = Array.from({ length: ROUNDS }, () => runOf(kind, length));
      const digest = runs[0].digest;
      if (runs.some((run) => run.digest !== digest)) throw new Error(`${kind} ${length}: digests differ`);
      const time = summary(runs.map((run) => run.nsPerFrame));
      rows.push({ kind: length === 0 ? 'none' : kind, length, nsPerFrame: time, digest });
      medians.push(`${time.median.toFixed(1)} (${time.low.toFixed(1)}-${time.high.toFixed(1)})`);
      digests += ` ${digest}`;
    }
    table.push([length, ...(length === 0 ? [...medians, '', ''] : medians), digests.trim()]);
  }
  printTable(['blocks', ...KINDS, 'digests'], table);
  for (const kind of KINDS) {
    const [ten, fifty] = [10, 50].map((length) =>
      rows.find((row) => row.kind === kind && row.length === length),
    );
    if (ten && fifty) {
      const each = (fifty.nsPerFrame.median - ten.nsPerFrame.median) / 40;
      console.log(`  ${kind}: ${each.toFixed(1)} ns for each block beyond the tenth`);
    }
  }
  write({ parameters: { frames: 1024, bytes: 64, processes: ROUNDS, unit: 'ns per frame' }, rows });
}

/** @param {string} kind @param {number} length @returns {{ nsPerFrame: number, digest: string }} */
function runOf(kind, length) {
  const file = join(import.meta.dirname, 'chain-run.js');
  return JSON.parse(execFileSync(process.execPath, [file, kind, String(length)], { encoding: 'utf8' }));
}
