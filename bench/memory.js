// Group `memory`: what a million of something takes.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const PROCESSES = 5;
const MILLION = 1_000_000;

const ITEMS = [
  { what: 'flow-counter', count: MILLION, of: 'flows' },
  { what: 'source-nat', count: MILLION, of: 'mappings' },
  { what: 'route', count: MILLION, of: 'prefixes' },
  { what: 'blocks', count: 10_000, of: 'forward blocks in a chain' },
  { what: 'pool', count: 65_536, of: 'frames of the pool' },
];

/**
 * @typedef {object} Run
 * @property {{ heap: number, buffers: number, rss: number }} took bytes
 * @property {number} buildMs @property {number} [fillMs]
 * @property {ReturnType<typeof summary>} [nsPerFrame] @property {ReturnType<typeof summary>} [bareNsPerFrame]
 * @property {number} [tableBytes] @property {number} [configBytes] of the options as text
 */

export async function memory() {
  const { write } = begin('memory', 'bytes of a million flows, mappings and prefixes, of blocks and frames');
  const rows = ITEMS.map(({ what, count, of }) => {
    const runs = Array.from({ length: PROCESSES }, () => runOf(what, count));
    const over = (/** @type {(run: Run) => number} */ number) => summary(runs.map(number));
    const timed = runs[0].nsPerFrame !== undefined;
    return {
      what,
      count,
      of,
      bytesEach: over(({ took }) => (took.heap + took.buffers) / count),
      bytesOnHeap: over(({ took }) => took.heap),
      bytesInBuffers: over(({ took }) => took.buffers),
      resident: over(({ took }) => took.rss),
      tableBytes: runs[0].tableBytes,
      configBytes: runs[0].configBytes,
      buildMs: over((run) => run.buildMs),
      fillMs: over((run) => run.fillMs ?? 0),
      // What the frame costs without the block, and more with it.
      nsPerFrame: timed ? over((run) => run.nsPerFrame?.median ?? 0) : undefined,
      nsOfBlock: timed
        ? over((run) => (run.nsPerFrame?.median ?? 0) - (run.bareNsPerFrame?.median ?? 0))
        : undefined,
    };
  });
  printTable(
    [
      '',
      'bytes each',
      'heap MB',
      'buffers MB',
      'resident MB',
      'made in ms',
      'filled in ms',
      'ns a frame',
      'of the block',
    ],
    rows.map((row) => [
      `${row.count.toLocaleString('en')} ${row.of}`,
      row.bytesEach.median.toFixed(1),
      megabytes(row.bytesOnHeap.median),
      megabytes(row.bytesInBuffers.median),
      megabytes(row.resident.median),
      row.buildMs.median.toFixed(0),
      row.fillMs.median.toFixed(0),
      row.nsPerFrame?.median.toFixed(1) ?? '',
      row.nsOfBlock?.median.toFixed(1) ?? '',
    ]),
  );
  const text = rows.find(({ what }) => what === 'route')?.configBytes ?? 0;
  console.log(`  not counted: ${megabytes(text)} MB of text that the prefixes came in, which the node keeps`);
  write({ parameters: { processes: PROCESSES, unit: 'bytes', engine: 'fused' }, rows });
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** @param {string} what @param {number} count @returns {Run} */
function runOf(what, count) {
  const file = join(import.meta.dirname, 'memory/run.js');
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', file, what, String(count)], { encoding: 'utf8' }),
  );
}
