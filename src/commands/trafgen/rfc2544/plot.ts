import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { QuipuError } from '../../../contract/error.js';
import type { Report } from '../../../traffic/rfc2544/report.js';
import { fileFault } from '../../shared/input.js';
import { FORMATS, type PlotFormat, plotTexts } from './plot-text.js';

/** A plot that is asked for. */
export interface PlotFile {
  readonly image: string;
  readonly format: PlotFormat;
  /** Beside it: what is drawn, and how, for whoever wants to draw it anew. */
  readonly data: string;
  readonly script: string;
}

/** Sees to it, before anything is measured, that the plot can be written. Throws QuipuError (bad-request). */
export function plotFile(image: string): PlotFile {
  const extension = extname(image);
  const format = extension.slice(1).toLowerCase();
  if (format !== 'svg' && format !== 'png') {
    const formats = Object.keys(FORMATS).map((name) => `.${name}`);
    throw new QuipuError(
      'bad-request',
      `--plot is ${JSON.stringify(image)}; it must end in ${formats.join(' or ')}`,
    );
  }
  try {
    accessSync(dirname(image), constants.W_OK);
  } catch (error) {
    throw new QuipuError('bad-request', `cannot write ${image}: ${dirname(image)}: ${fileFault(error)}`);
  }
  const stem = image.slice(0, -extension.length);
  return { image, format, data: `${stem}.dat`, script: `${stem}.gnuplot` };
}

/** Why gnuplot cannot draw here; undefined when it can. */
export function whyNoGnuplot(): string | undefined {
  const { error, status } = spawnSync('gnuplot', ['--version']);
  return error || status !== 0 ? 'gnuplot is missing (apt-get install gnuplot-nox)' : undefined;
}

/** Writes data and script, and draws the image where gnuplot is installed. Answers what it did, one sentence. Throws QuipuError. */
export function drawPlot(plot: PlotFile, report: Report): string {
  const texts = plotTexts(report, plot.image, plot.data, plot.format);
  if (texts === undefined) return 'there is nothing to plot';
  try {
    writeFileSync(plot.data, texts.data);
    writeFileSync(plot.script, texts.script);
  } catch (error) {
    throw new QuipuError('link-failed', `cannot write ${plot.data}: ${fileFault(error)}`);
  }
  const obstacle = whyNoGnuplot();
  if (obstacle !== undefined) {
    return `no plot: ${obstacle}; "gnuplot ${basename(plot.script)}" in ${dirname(plot.script)} draws ${basename(plot.image)} later, from ${plot.data}`;
  }
  const drawn = spawnSync('gnuplot', [basename(plot.script)], {
    cwd: dirname(plot.script),
    encoding: 'utf8',
  });
  if (drawn.status !== 0) {
    throw new QuipuError('internal', `gnuplot did not draw ${plot.image}: ${drawn.stderr.trim()}`);
  }
  return `plotted in ${plot.image}, its data in ${plot.data}`;
}
