// Draws with gnuplot (Debian: gnuplot-nox).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @typedef {readonly (readonly (number | string)[])[]} Rows */
/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {string} x label of the axis
 * @property {string} y
 * @property {readonly string[]} [more] further gnuplot commands
 * @property {readonly { rows: Rows, style: string, title: string }[]} series `style`: what follows `using …` in gnuplot
 */

/** Why nothing can be drawn here, or undefined. */
export function whyNoGnuplot() {
  const { error, status } = spawnSync('gnuplot', ['--version']);
  return error || status !== 0 ? 'gnuplot is missing: apt-get install gnuplot-nox' : undefined;
}

/**
 * @param {string} file the PNG to write
 * @param {Plot} plot
 */
export function draw(file, plot) {
  const folder = mkdtempSync(join(tmpdir(), 'quipu-plots-'));
  try {
    const curves = plot.series.map(({ rows, style, title }, i) => {
      const data = join(folder, `${i}.dat`);
      writeFileSync(data, rows.map((row) => row.join(' ')).join('\n'));
      const heading = title === '' ? 'notitle' : `title ${quoted(title)}`;
      return `${quoted(data)} ${style} ${heading}`;
    });
    const script = [
      "set terminal pngcairo size 900,500 font 'DejaVu Sans,11' background rgb 'white'",
      `set output ${quoted(file)}`,
      `set title ${quoted(plot.title)}`,
      `set xlabel ${quoted(plot.x)}`,
      `set ylabel ${quoted(plot.y)}`,
      "set grid lc rgb '#dddddd' lt 1",
      'set border 3 lc rgb "#666666"',
      'set tics nomirror',
      'set key inside left top Left reverse samplen 2',
      ...(plot.more ?? []),
      `plot ${curves.join(', ')}`,
    ].join('\n');
    const { status, stderr } = spawnSync('gnuplot', { input: script, encoding: 'utf8' });
    if (status !== 0) throw new Error(`gnuplot refused ${file}:\n${stderr}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
