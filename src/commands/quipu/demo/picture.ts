import type { BlockView } from '../../../control/views.js';
import type { Style } from '../../shared/style.js';
import { reasonsText } from '../../shared/totals-text.js';
import { holds } from './account.js';
import { type Cord, cordFrom } from './cords.js';
import type { Glyphs } from './glyphs.js';
import { TRANSFER_BYTES } from './host-channel.js';
import { filterName } from './re-ties.js';
import { bytesKey, framesKey, type Scene } from './scene.js';
import { cut, type Marked, mark, paint } from './text.js';

export interface Looks {
  readonly style: Style;
  readonly glyphs: Glyphs;
}

/** Least terminal that the picture fits in, the cursor's line included. */
export const LEAST = { columns: 60, rows: 22 } as const;

/** Levels of blocks above the tee: one more than figure C.1 has, so that the picture keeps its height. */
const LEVELS = 4;
/** Seconds for which the blocks of a re-tie are lit up. */
const GLOW = 1.2;
/** Lines beside the log and the re-ties. */
const FIXED = 18;
/** Rows from which on there is room for empty lines. */
const ROOMY = 30;
const MOST_RE_TIES = 4;
const MOST_LOG = 8;
const MARGIN = 3;

/**
 * The graph as a quipu: blocks are knots, bindings cords. Frames enter at the bottom and run up, as in the seed's
 * figure. Answers lines that are not wider than the terminal.
 */
export function picture(scene: Scene, columns: number, rows: number, { style, glyphs }: Looks): string[] {
  const width = Math.min(columns, 100) - 1;
  const gap: Marked[] = rows >= ROOMY ? [[]] : [];
  // One row is left to the sentence above the picture, if there is one to spare.
  const spare = Math.max(3, rows - 2 - FIXED - 3 * gap.length);
  const reTies = Math.min(MOST_RE_TIES, Math.ceil(spare / 2));
  const log = Math.min(MOST_LOG, spare - reTies);
  const lines: Marked[] = [
    title(scene, width),
    [],
    ...graph(scene, width, glyphs),
    traffic(scene, glyphs),
    ...gap,
    ...account(scene),
    ...gap,
    ...latest(scene.reTies, reTies, (done) => [
      ...mark(`re-tie ${done.number} `),
      ...(holds(done.status) ? mark(glyphs.good, 'good') : mark('BROKEN', 'bad')),
      ...mark(` ${done.text}`),
    ]),
    ...gap,
    ...latest(scene.log, log, (line) => mark(line, 'dim')),
  ];
  return lines.map((line) => paint(cut(line, width, glyphs.ellipsis), style));
}

function title({ mode, source, at, endless }: Scene, width: number): Marked {
  const name = `Quipu, ${mode}: ${source}`;
  const time = `${at.toFixed(0)} s`;
  const hint = `${time}, Ctrl-C ends`;
  const right = endless && name.length + hint.length + 2 <= width ? hint : time;
  const gap = Math.max(1, width - name.length - right.length);
  return [...mark(name, 'bold'), ...mark(' '.repeat(gap) + right, 'dim')];
}

/** The last `count` of a list, with empty lines for those that there are not yet. */
function latest<T>(list: readonly T[], count: number, line: (item: T) => Marked): Marked[] {
  const lines = list.slice(-count).map(line);
  while (lines.length < count) lines.push([]);
  return lines;
}

function graph(scene: Scene, width: number, glyphs: Glyphs): Marked[] {
  const trunk = cordFrom('eth0', scene.blocks);
  const count = Math.max(1, trunk.branches.length);
  const spread = Math.floor((width - MARGIN) / count);
  const places = trunk.branches.map((_, i) => MARGIN + i * spread);
  const foot = MARGIN + Math.floor(((count - 1) * spread) / 2);
  const last = scene.reTies.at(-1);
  const lit = new Set(last && scene.at - last.at < GLOW ? last.touches : []);
  const lines: Marked[] = [];
  for (let row = 0; row < 2 * LEVELS; row++) {
    const parts = trunk.branches.map((cord) => cordRow(cord, row, lit, scene, glyphs));
    lines.push(side(parts, places, spread));
  }
  lines.push(mark(fork(places, foot, glyphs)));
  const { blocks } = trunk;
  for (let row = 0; row < 2 * blocks.length; row++) {
    lines.push(side([cordRow(trunk, row, lit, scene, glyphs)], [foot], width - foot));
  }
  return lines;
}

/** One row of a cord, counted from its top: a knot, below it its count, …; then the bare cord down to the fork. */
function cordRow(
  { blocks }: Cord,
  row: number,
  lit: ReadonlySet<string>,
  scene: Scene,
  glyphs: Glyphs,
): Marked {
  const block = blocks[blocks.length - 1 - (row >> 1)];
  if (block === undefined) return mark(glyphs.cord);
  const { name, type, idp } = block;
  if (row % 2 === 1) {
    const cord = block.links.length > 0 ? glyphs.up : glyphs.cord;
    return [...mark(`${cord} `), ...mark(work(block, scene, glyphs.dot), 'dim')];
  }
  const lights = lit.has(name) ? 'good' : 'bold';
  return [...mark(glyphs.knot, lights), ...mark(' '), ...mark(name, lights), ...mark(` ${type}, IDP${idp}`)];
}

/** What a block has done. */
function work(block: BlockView, { rates }: Scene, dot: string): string {
  const { type, idp, counters, links, config } = block;
  const frames = `${number(rates.of(framesKey(idp)))}/s`;
  if (links.length > 0) {
    const bits = (rates.of(bytesKey(idp)) * 8) / 1e6;
    return `${number(links[0].framesIn)} frames ${dot} ${frames} ${dot} ${bits.toFixed(2)} Mbit/s`;
  }
  switch (type) {
    case 'tee':
      return `a copy for each above ${dot} ${number(counters.copies)} made`;
    case 'bpf':
      return `${filterName(config.filter)} ${dot} refused ${number(counters.filtered)}`;
    case 'counter':
      return `${number(counters.packets)} frames ${dot} ${frames}`;
    case 'discard':
      return `${number(counters.packets)} ended here`;
    case 'forward':
      return 'passes every frame on';
    default:
      return '';
  }
}

function fork(places: readonly number[], foot: number, glyphs: Glyphs): string {
  const end = places.at(-1) ?? foot;
  let line = ' '.repeat(places[0] ?? foot);
  for (let column = line.length; column <= end; column++) {
    const isBranch = places.includes(column);
    if (column === places[0]) line += glyphs.left;
    else if (column === end) line += glyphs.right;
    else if (column === foot) line += glyphs.fork;
    else line += isBranch ? glyphs.branch : glyphs.bar;
  }
  return places.length < 2 ? ' '.repeat(foot) + glyphs.cord : line;
}

/** Puts texts next to each other, each at its column and cut to the room there is. */
function side(parts: readonly Marked[], places: readonly number[], room: number): Marked {
  const line: Marked = [];
  let column = 0;
  parts.forEach((part, i) => {
    line.push(...mark(' '.repeat(places[i] - column)));
    const fitting = cut(part, room - 1, '');
    line.push(...fitting);
    column = places[i] + fitting.reduce((sum, { text }) => sum + [...text].length, 0);
  });
  return line;
}

function traffic({ traffic: done, note }: Scene, { dot }: Glyphs): Marked {
  if (note !== '') return mark(`   ${note}`, 'dim');
  if (done === null) return [];
  const { echoesAnswered, echoesSent, transfers, transfersBroken } = done;
  const broken = transfersBroken > 0 ? `, ${transfersBroken} broken` : '';
  const echoes = `echoes ${number(echoesAnswered)} of ${number(echoesSent)}`;
  const http = `HTTP ${number(transfers)} x ${TRANSFER_BYTES / 1000} KB intact${broken}`;
  return mark(`   Linux: ${echoes} ${dot} ${http}`, 'dim');
}

function account({ status }: Scene): Marked[] {
  const { in: entered, created, out, consumed, dropped, held } = status.totals;
  const good = holds(status);
  return [
    [
      ...mark(`every frame: in ${entered} + created ${created} `),
      ...(good ? mark('(holds)', 'good') : mark('(BROKEN)', 'bad')),
      ...mark(dropped > 0 ? ` dropped: ${reasonsText(status.drops).trim().slice(1, -1)}` : '', 'dim'),
    ],
    mark(`           = out ${out} + consumed ${consumed} + dropped ${dropped} + held ${held}`),
  ];
}

function number(value: number): string {
  return value > 0 && value < 9.95 && !Number.isInteger(value)
    ? value.toFixed(1)
    : Math.round(value).toLocaleString('en');
}
