// Group `filter`: what a packet filter costs, in memory: our interpreter, our compiled code, and libpcap's C.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begin, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';
import { built } from './shared/tools.js';

const ROUNDS = 5;
/** Passes over all frames in a measurement; it takes seven. */
const PASSES = { compiled: 8000, interpreted: 2000, libpcap: 4000 };
/** @typedef {keyof typeof PASSES} Kind */

export async function filter() {
  // Not before: bench/run.js says it when dist/ is not there.
  const { filters } = await import('./filter/filters.js');
  const { FRAMES, MIX, writeFrames } = await import('./filter/frames.js');
  const { write } = begin('filter', 'ns per frame of a packet filter');
  const folder = mkdtempSync(join(tmpdir(), 'quipu-filter-'));
  try {
    const libpcap = existsSync('/usr/include/pcap/pcap.h') ? built('bpf-filter', ['-lpcap']) : undefined;
    if (libpcap === undefined) console.log('  without libpcap: it takes cc and libpcap-dev');
    const kinds = /** @type {Kind[]} */ (Object.keys(PASSES)).filter(
      (kind) => kind !== 'libpcap' || libpcap !== undefined,
    );
    const framesFile = join(folder, 'frames');
    writeFrames(framesFile);
    const rows = Object.entries(filters).map(([name, program]) =>
      measure(name, program, kinds, { folder, framesFile, libpcap }),
    );
    printTable(
      ['filter', 'instructions', 'kept', ...kinds, 'beside interpreted', 'beside libpcap'],
      rows.map(({ filter: name, instructions, kept, nsPerFrame, ...beside }) => [
        name,
        instructions,
        kept,
        ...kinds.map((kind) => spread(nsPerFrame[kind])),
        times(beside.besideInterpreted),
        times(beside.besideLibpcap),
      ]),
    );
    const parameters = { frames: FRAMES, mix: MIX, processes: ROUNDS, passes: PASSES, unit: 'ns per frame' };
    write({ parameters, rows });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The ways take turns, so that other work on the machine disturbs all of them alike.
 * @param {string} name
 * @param {import('../dist/bpf/opcodes.js').Program} program
 * @param {readonly Kind[]} kinds
 * @param {{ folder: string, framesFile: string, libpcap: string | undefined }} where
 */
function measure(name, program, kinds, { folder, framesFile, libpcap }) {
  const programFile = join(folder, 'program');
  const lines = program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`);
  writeFileSync(programFile, [program.length, ...lines].join('\n'));
  /** @type {Partial<Record<Kind, number[]>>} */
  const runs = {};
  const kept = new Set();
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) {
      // A process for each: what V8 has learned from one must not help or spoil another.
      const passes = String(PASSES[kind]);
      const command =
        kind === 'libpcap' && libpcap !== undefined
          ? [libpcap, framesFile, programFile, passes]
          : [process.execPath, join(import.meta.dirname, 'filter/run.js'), kind, name, passes];
      const answer = JSON.parse(execFileSync(command[0], command.slice(1), { encoding: 'utf8' }));
      kept.add(answer.kept);
      const list = runs[kind] ?? [];
      runs[kind] = list;
      list.push(answer.nsPerFrame);
    }
  }
  if (kept.size !== 1) throw new Error(`${name}: they keep ${[...kept].join(' and ')} frames`);
  /** @type {Partial<Record<Kind, ReturnType<typeof summary>>>} */
  const nsPerFrame = {};
  for (const kind of kinds) nsPerFrame[kind] = summary(runs[kind] ?? []);
  const beside = (/** @type {Kind} */ kind) =>
    nsPerFrame[kind] && nsPerFrame.compiled
      ? nsPerFrame[kind].median / nsPerFrame.compiled.median
      : undefined;
  return {
    filter: name,
    instructions: program.length,
    kept: [...kept][0],
    nsPerFrame,
    besideInterpreted: beside('interpreted'),
    besideLibpcap: beside('libpcap'),
  };
}

/** @param {ReturnType<typeof summary> | undefined} time */
function spread(time) {
  return time === undefined
    ? ''
    : `${time.median.toFixed(2)} (${time.low.toFixed(2)}-${time.high.toFixed(2)})`;
}

/** @param {number | undefined} ratio */
function times(ratio) {
  return ratio === undefined ? '' : `${ratio.toFixed(1)} x`;
}
