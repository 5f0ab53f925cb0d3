import { basename } from 'node:path';
import type { Report } from '../../../traffic/rfc2544/report.js';

/** What gnuplot is to draw, and from what. */
export interface PlotTexts {
  /** Blocks of columns, two empty lines between them; a line of comment says what each is. */
  readonly data: string;
  readonly script: string;
}

/** A diagram of the plot: its blocks of data and how they are drawn. */
interface Panel {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Further gnuplot commands. */
  readonly more: readonly string[];
  readonly blocks: readonly Block[];
}

interface Block {
  readonly columns: string;
  readonly rows: readonly (readonly number[])[];
  /** For gnuplot's `plot`, behind file and index; with what name in the key. */
  readonly curves: readonly { readonly style: string; readonly title?: string }[];
}

export const FORMATS = { svg: 'svg', png: 'pngcairo' } as const;
export type PlotFormat = keyof typeof FORMATS;

const WIDTH = 900;
const HEIGHT = 420;
const COLOURS = ['#1f5fa8', '#c0392b', '#2e8b57', '#d98c1f', '#7d3c98', '#16a0a0', '#555555'];

const FROM_ZERO = ['set yrange [0:*]', "set format y '%.0f'"];

/** Diagrams as RFC 2544 §26 wants them, of all that was measured; undefined when that is nothing. `image` is a file's name. */
export function plotTexts(
  report: Report,
  image: string,
  dataFile: string,
  format: PlotFormat,
): PlotTexts | undefined {
  const panels = [
    throughputPanel(report),
    lossPanel(report),
    latencyPanel(report),
    burstPanel(report),
  ].filter((panel) => panel !== undefined);
  if (panels.length === 0) return undefined;
  const blocks = panels.flatMap((panel) => panel.blocks);
  const data = blocks.map(
    ({ columns, rows }) => `# ${columns}\n${rows.map((row) => `${row.join(' ')}\n`).join('')}`,
  );
  const file = quoted(basename(dataFile));
  const size = `${WIDTH},${HEIGHT * panels.length}`;
  const script = [
    `set terminal ${FORMATS[format]} size ${size} font 'DejaVu Sans,11' background rgb 'white'`,
    `set output ${quoted(basename(image))}`,
    "set grid lc rgb '#dddddd' lt 1",
    "set border 3 lc rgb '#666666'",
    'set tics nomirror',
    'set key outside right top Left reverse samplen 2',
    // The same for all diagrams: their axes stand below each other.
    'set lmargin 12',
    'set rmargin 26',
    `set multiplot layout ${panels.length},1`,
    ...panels.flatMap((panel) => panelScript(panel, file, blocks)),
    'unset multiplot',
    '',
  ];
  return { data: data.join('\n\n'), script: script.join('\n') };
}

function panelScript(panel: Panel, file: string, all: readonly Block[]): string[] {
  const curves = panel.blocks.flatMap((block) =>
    block.curves.map(({ style, title }) => {
      const heading = title === undefined ? 'notitle' : `title ${quoted(title)}`;
      return `${file} index ${all.indexOf(block)} ${style} ${heading}`;
    }),
  );
  return [
    `set title ${quoted(panel.title)} noenhanced`,
    `set xlabel ${quoted(panel.x)}`,
    `set ylabel ${quoted(panel.y)}`,
    ...panel.more,
    `plot ${curves.join(', \\\n  ')}`,
    // For the next diagram.
    'unset logscale',
    'set autoscale',
    'set xtics norotate auto nomirror',
    "set format y '%g'",
  ];
}

function throughputPanel({ sizes, from, to, linkIsNominal }: Report): Panel | undefined {
  const measured = sizes.flatMap(({ size, throughput, highestRate }) =>
    throughput ? [[size, throughput.rate, highestRate]] : [],
  );
  if (measured.length === 0) return undefined;
  // The speed of a virtual device is a name, and would press everything else to the ground.
  const limits = sizes.flatMap(({ size, lineRate }) =>
    lineRate === null || linkIsNominal ? [] : [[size, lineRate]],
  );
  const line: Block = {
    columns: 'frame size, frames a second that fit on the wire',
    rows: limits,
    curves: [{ style: "using 1:2 with lines lw 1.5 dt 2 lc rgb '#999999'", title: 'fits on the wire' }],
  };
  return {
    title: `Throughput (RFC 2544, 26.1), ${from} -> ${to}`,
    x: 'frame size, bytes',
    y: 'frames a second',
    more: [...FROM_ZERO, ...sizeAxis(measured)],
    blocks: [
      {
        columns: 'frame size, throughput in frames a second, highest rate tried',
        rows: measured,
        curves: [
          { style: `using 1:3 with lines lw 1.5 lc rgb '${COLOURS[3]}'`, title: 'highest rate tried' },
          { style: `using 1:2 with lines lw 2 lc rgb '${COLOURS[0]}'`, title: 'throughput' },
          { style: `using 1:2 with points pt 7 ps 0.8 lc rgb '${COLOURS[0]}'` },
        ],
      },
      ...(limits.length > 0 ? [line] : []),
    ],
  };
}

function lossPanel({ sizes }: Report): Panel | undefined {
  const blocks = sizes.flatMap(({ size, loss, highestRate }, i): Block[] => {
    if (!loss || loss.length === 0) return [];
    const colour = COLOURS[i % COLOURS.length];
    return [
      {
        columns: `${size} bytes, 100 % is ${highestRate} frames a second: percent of that, percent lost`,
        rows: loss.map((point) => [point.load, point.loss]),
        curves: [
          { style: `using 1:2 with lines lw 2 lc rgb '${colour}'`, title: `${size} bytes` },
          { style: `using 1:2 with points pt 7 ps 0.8 lc rgb '${colour}'` },
        ],
      },
    ];
  });
  if (blocks.length === 0) return undefined;
  const isLossless = sizes.every(({ loss = [] }) => loss.every((point) => point.loss === 0));
  return {
    title: 'Frame loss (26.3)',
    x: 'load, % of the highest rate tried',
    y: 'frames lost, %',
    more: [`set yrange [0:${isLossless ? 1 : '*'}]`, 'set xrange [0:105]'],
    blocks,
  };
}

function latencyPanel({ sizes }: Report): Panel | undefined {
  const rows = sizes.flatMap(({ size, latency }) =>
    latency ? [[size, latency.average, latency.lowest, latency.p99].map(rounded)] : [],
  );
  if (rows.length === 0) return undefined;
  return {
    title: 'Latency at the throughput (26.2)',
    x: 'frame size, bytes',
    y: 'µs',
    more: ['set yrange [0:*]', ...sizeAxis(rows)],
    blocks: [
      {
        columns: 'frame size, average latency in microseconds, lowest, 99th percentile',
        rows,
        curves: [
          {
            style: `using 1:2:3:4 with yerrorbars pt 7 ps 0 lw 1.5 lc rgb '${COLOURS[0]}'`,
            title: 'average, lowest, p99',
          },
          { style: `using 1:2 with points pt 7 ps 0.8 lc rgb '${COLOURS[0]}'` },
        ],
      },
    ],
  };
}

function burstPanel({ sizes }: Report): Panel | undefined {
  const rows = sizes.flatMap(({ size, backToBack }) =>
    backToBack ? [[size, backToBack.average, backToBack.longest]] : [],
  );
  if (rows.length === 0) return undefined;
  return {
    title: 'Back-to-back frames (26.4)',
    x: 'frame size, bytes',
    y: 'frames of a burst',
    more: [...FROM_ZERO, ...sizeAxis(rows)],
    blocks: [
      {
        columns: 'frame size, longest burst without loss in frames (average), longest tried',
        rows,
        curves: [
          { style: `using 1:2 with lines lw 2 lc rgb '${COLOURS[0]}'`, title: 'longest without loss' },
          { style: `using 1:2 with points pt 7 ps 0.8 lc rgb '${COLOURS[0]}'` },
        ],
      },
    ],
  };
}

/** Sizes double from one to the next, about: a logarithmic axis, each size named. */
function sizeAxis(rows: readonly (readonly number[])[]): string[] {
  const sizes = rows.map(([size]) => size);
  const ends = `[${Math.min(...sizes) * 0.8}:${Math.max(...sizes) * 1.25}]`;
  return ['set logscale x 2', `set xtics rotate by -40 (${sizes.join(', ')})`, `set xrange ${ends}`];
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
