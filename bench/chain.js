// Group `chain`: what the two engines cost, in memory, without link, thread or OS.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const LENGTHS = [0, 1, 2, 5, 10, 20, 50];
const KINDS = ['forward', 'counter', 'touch', 'mixed'];
const ENGINES = ['dispatch', 'fused'];
const ROUNDS = 5;

/** @typedef {{ engine: string, kind: string, length: number, nsPerFrame: ReturnType<typeof summary>, digest: string }} Row */

export async function chain() {
  const { write } = begin('chain', 'ns per frame through a chain of N blocks and one that keeps the frame');
  /** @type {Row[]} */
  const rows = [];
  const table = [];
  for (const length of LENGTHS) {
    /** @type {(string | number)[]} */
    const cells = [length];
    // Without a block the kinds are the same thing.
    for (const kind of length === 0 ? ['forward'] : KINDS) {
      const pair = ENGINES.map((engine) => measure(engine, kind, length));
      if (pair[0].digest !== pair[1].digest)
        throw new Error(`${kind} ${length}: the engines' digests differ`);
      rows.push(...pair);
      cells.push(
        ...pair.map(
          ({ nsPerFrame: t }) => `${t.median.toFixed(1)} (${t.low.toFixed(1)}-${t.high.toFixed(1)})`,
        ),
      );
    }
    table.push([...cells, ...Array(1 + 2 * KINDS.length - cells.length).fill('')]);
  }
  printTable(['blocks', ...KINDS.flatMap((kind) => ENGINES.map((engine) => `${kind}, ${engine}`))], table);
  console.log(
    `  digests: ${rows
      .filter((row) => row.engine === 'fused')
      .map((row) => row.digest)
      .join(' ')}`,
  );
  for (const kind of KINDS) {
    const at = (/** @type {string} */ engine, /** @type {number} */ length) =>
      rows.find((row) => row.engine === engine && row.kind === kind && row.length === length)?.nsPerFrame
        .median ?? NaN;
    const times = [10, 50].map((length) => (at('dispatch', length) / at('fused', length)).toFixed(1));
    const growth = (at('fused', 50) / at('fused', 1)).toFixed(1);
    console.log(
      `  ${kind}: fused is ${times.join(' and ')} times as fast at 10 and 50 blocks; 50 cost ${growth} times one`,
    );
  }
  write({ parameters: { frames: 1024, bytes: 64, processes: ROUNDS, unit: 'ns per frame' }, rows });
}

/** @param {string} engine @param {string} kind @param {number} length @returns {Row} */
function measure(engine, kind, length) {
  // A process for each: what V8 has learned from one configuration must not help or spoil another.
  const runs = Array.from({ length: ROUNDS }, () => runOf(engine, kind, length));
  const digest = runs[0].digest;
  if (runs.some((run) => run.digest !== digest)) throw new Error(`${kind} ${length}: digests differ`);
  const nsPerFrame = summary(runs.map((run) => run.nsPerFrame));
  return { engine, kind: length === 0 ? 'none' : kind, length, nsPerFrame, digest };
}

/** @param {string} engine @param {string} kind @param {number} length @returns {{ nsPerFrame: number, digest: string }} */
function runOf(engine, kind, length) {
  const file = join(import.meta.dirname, 'chain-run.js');
  return JSON.parse(
    execFileSync(process.execPath, [file, engine, kind, String(length)], { encoding: 'utf8' }),
  );
}
