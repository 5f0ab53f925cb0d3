import { csvHeader, csvLine } from './csv.js';
import type { Picture } from './picture.js';
import type { Printer } from './print.js';
import type { Reading } from './reading.js';
import { recordOf } from './record.js';
import { render } from './render.js';

/** Columns for gnuplot. The CPUs are those of the first reading: the columns stay the same when one goes or comes. */
export function csvPrinter(device: string, intervalMs: number, hasHeader: boolean): Printer {
  let cpus: readonly number[] = [];
  return {
    head(first) {
      cpus = first.cpus.map(({ cpu }) => cpu);
      return hasHeader ? csvHeader(device, intervalMs, cpus) : '';
    },
    text: (reading, before) => csvLine(device, reading, before, cpus),
  };
}

/** A JSON object a line; all interfaces, or those that were named. */
export function jsonPrinter(named: readonly string[]): Printer {
  return {
    head: () => '',
    text(reading) {
      const { devices } = reading;
      const shown = named.length === 0 ? devices : devices.filter(({ name }) => named.includes(name));
      return `${JSON.stringify(recordOf(reading, shown))}\n`;
    },
  };
}

/** The screen as a block of text, an empty line behind it. */
export function blockPrinter(pictureOf: (reading: Reading) => Picture, width: number): Printer {
  return {
    head: () => '',
    text(reading) {
      const lines = render(pictureOf(reading), width, Number.POSITIVE_INFINITY);
      return `${lines.map(({ text }) => `${text}\n`).join('')}\n`;
    },
  };
}
