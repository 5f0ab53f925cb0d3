// Group `blocks`: what each kind of block costs alone, by both engines.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const ENGINES = /** @type {const} */ (['dispatch', 'fused']);
/** Processes for the line without a block, which all others are compared with. */
const BASE_PROCESSES = 5;

/** @typedef {{ nsPerFrame: ReturnType<typeof summary>, digest: string, counters: string, ends: number, part: string }} Run */

export async function blocks() {
  // Not before: bench/run.js says it when dist/ is not there.
  const { kinds, leftOut } = await import('./blocks/kinds.js');
  const { catalogue } = await import('../dist/blocks/catalogue.js');
  const { write } = begin('blocks', 'ns per frame: a link, one block, the end; 64-byte UDP frames');
  const unknown = catalogue.map(({ kind }) => kind).filter((kind) => !(kind in kinds) && !(kind in leftOut));
  if (unknown.length > 0) throw new Error(`bench/blocks/kinds.js does not know ${unknown.join(', ')}`);

  const base = Array.from({ length: BASE_PROCESSES }, () => pair('none'));
  const [dispatch, fused] = ENGINES.map((_, i) => summary(base.map((runs) => runs[i].nsPerFrame.median)));
  const rows = Object.entries(kinds).map(([kind, { note = '', behind }]) => {
    const runs = pair(kind);
    return {
      kind: behind === undefined ? kind : `${behind}, ${kind}`,
      dispatch: runs[0].nsPerFrame,
      fused: runs[1].nsPerFrame,
      dispatchAdds: runs[0].nsPerFrame.median - dispatch.median,
      fusedAdds: runs[1].nsPerFrame.median - fused.median,
      how: runs[1].part,
      ends: runs[1].ends,
      digest: runs[1].digest,
      note,
    };
  });
  printTable(
    [
      'block',
      'dispatch',
      'fused',
      'adds, dispatch',
      'adds, fused',
      'its source is',
      'frames out/in',
      'output',
      '',
    ],
    [
      [
        '(none)',
        dispatch.median.toFixed(1),
        fused.median.toFixed(1),
        '',
        '',
        '',
        '1.00',
        base[0][1].digest,
        '',
      ],
      ...rows.map((row) => [
        row.kind,
        row.dispatch.median.toFixed(1),
        row.fused.median.toFixed(1),
        row.dispatchAdds.toFixed(1),
        row.fusedAdds.toFixed(1),
        row.how,
        row.ends.toFixed(2),
        row.digest,
        row.note,
      ]),
    ],
  );
  const omitted = Object.entries(leftOut).map(([kind, why]) => `${kind} ${why}`);
  console.log(`  left out: ${omitted.join('; ')}`);
  const parameters = { frames: 1024, bytes: 64, processes: 1, rounds: 7, unit: 'ns per frame' };
  write({ parameters, base: { dispatch, fused, processes: BASE_PROCESSES }, rows, leftOut });
}

/** One process for each engine. Both must send the same frames out and count the same. @param {string} kind */
function pair(kind) {
  const runs = ENGINES.map((engine) => runOf(kind, engine));
  for (const what of /** @type {const} */ (['digest', 'counters', 'ends'])) {
    const [one, other] = runs.map((run) => run[what]);
    if (one !== other) throw new Error(`${kind}: ${what} of the engines differ: ${one} and ${other}`);
  }
  return runs;
}

/** @param {string} kind @param {string} engine @returns {Run} */
function runOf(kind, engine) {
  const file = join(import.meta.dirname, 'blocks/run.js');
  return JSON.parse(execFileSync(process.execPath, [file, kind, engine], { encoding: 'utf8' }));
}
