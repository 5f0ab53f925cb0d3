// Group `growth`: what becomes of the cost of a frame, and of a change of the graph, as things grow 10 and 100 times.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';

const ENGINES = /** @type {const} */ (['dispatch', 'fused']);
/** A frame that enters 256 blocks is dropped: a chain of 250 is as long as they go. */
const CASES = [
  { what: 'chain', of: 'blocks in a chain', sizes: [10, 100, 250] },
  { what: 'beside', of: 'blocks beside a chain of 10', sizes: [10, 100, 1000, 10_000] },
  { what: 'flow-counter', of: 'flows counted', sizes: [10_000, 100_000, 1_000_000] },
  { what: 'source-nat', of: 'NAT mappings', sizes: [10_000, 100_000, 1_000_000] },
  { what: 'route', of: 'prefixes', sizes: [10_000, 100_000, 1_000_000] },
  { what: 'classifier', of: 'rules of a classifier, the last one holds', sizes: [4, 8, 16] },
  { what: 'bpf', of: 'ports in a filter expression, the last one holds', sizes: [1, 10, 100] },
];

/**
 * @typedef {ReturnType<typeof import('./shared/statistics.js').summary>} Summary
 * @typedef {object} Run
 * @property {Summary} nsPerFrame @property {Summary} retieMicros @property {Summary} [makeMicros]
 * @property {number} madeMs @property {boolean} isFused @property {string} refusal @property {string} counters
 */

export async function growth() {
  const { write } = begin('growth', 'cost of a frame and of a change as blocks, flows and rules grow');
  const rows = CASES.flatMap(({ what, of, sizes }) =>
    sizes.map((size) => {
      const [dispatch, fused] = ENGINES.map((engine) => runOf(what, size, engine));
      if (dispatch.counters !== fused.counters)
        throw new Error(`${what} ${size}: counters of the engines differ`);
      return { what, of, size, dispatch, fused };
    }),
  );
  printTable(
    ['', 'ns, dispatch', 'ns, fused', 'change µs', 'worst', 'function µs', 'block made in ms'],
    rows.map(({ of, size, dispatch, fused }) => [
      `${size.toLocaleString('en')} ${of}`,
      dispatch.nsPerFrame.median.toFixed(1),
      fused.isFused ? fused.nsPerFrame.median.toFixed(1) : 'not fused',
      fused.retieMicros.median.toFixed(0),
      fused.retieMicros.high.toFixed(0),
      fused.makeMicros?.median.toFixed(0) ?? '',
      fused.madeMs > 0 ? fused.madeMs.toFixed(1) : '',
    ]),
  );
  for (const { of, size, fused } of rows)
    if (!fused.isFused) console.log(`  ${size} ${of}: ${fused.refusal}`);
  write({ parameters: { processes: 1, rounds: 7, changes: 40, frames: 'UDP, 64 bytes' }, rows });
}

/** @param {string} what @param {number} size @param {string} engine @returns {Run} */
function runOf(what, size, engine) {
  const file = join(import.meta.dirname, 'growth/run.js');
  return JSON.parse(execFileSync(process.execPath, [file, what, String(size), engine], { encoding: 'utf8' }));
}
