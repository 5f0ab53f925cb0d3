import type { FusionView } from '../../control/fusion-view.js';
import { plain, type Style } from '../shared/style.js';
import { table } from '../shared/table.js';

/** Longest list of blocks in a row, in characters. */
const BLOCKS_WIDTH = 50;

/** `quipu show engine`: a row for each entry, and behind them the sources that were asked for. */
export function engineText({ engines }: FusionView, style: Style = plain): string {
  const all = engines.flatMap(({ engine, entries }) => entries.map((entry) => ({ engine, ...entry })));
  if (all.length === 0) return 'no frame can enter yet: nothing is hooked\n';
  const rows = all.map(({ engine, block, direction, runs, why, blocks, frames }) => [
    `${engine}`,
    `${block} ${direction}`,
    runs,
    `${frames}`,
    clipped(blocks),
    why,
  ]);
  const head = ['ENGINE', 'ENTRY', 'RUNS', 'FRAMES', 'BLOCKS', 'WHY'];
  const overview = table([head, ...rows], ['right', 'left', 'left', 'right', 'left', 'left']);
  const sources = all.flatMap(({ engine, block, direction, source }) =>
    source === undefined
      ? []
      : [`\n${style.bold(`engine ${engine}, ${block} ${direction}`)}\n${source.trimEnd()}\n`],
  );
  return overview + sources.join('');
}

function clipped(blocks: readonly string[]): string {
  const text = blocks.join(' ');
  return text.length > BLOCKS_WIDTH ? `${text.slice(0, BLOCKS_WIDTH - 9)}... (${blocks.length})` : text;
}
