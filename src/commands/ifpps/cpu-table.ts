import { type Column, fewer, fitting, headLines, rowLine, widthOf } from './columns.js';
import { type CpuShares, perSecond, sharesOf } from './counting.js';
import { percentText, rateText, UNKNOWN, wholeText } from './figures.js';
import { type Line, type Picture, plainLine } from './picture.js';
import type { Count, DeviceReading } from './reading.js';

/** Rows of the heading. */
export const CPU_HEAD = 2;

/** A CPU, or the average of all; null where a figure is not known. */
interface Row {
  readonly name: string;
  readonly shares: CpuShares | null;
  /** Hardware interrupts of the interfaces shown, per second and in all. */
  readonly irqs: number | null;
  readonly irqTotal: number | null;
  /** Software interrupts per second, of all interfaces. */
  readonly rx: number | null;
  readonly tx: number | null;
}

const time = (head: keyof CpuShares): Column<Row> => ({
  group: 'time, %',
  head,
  width: 7,
  rank: 0,
  text: ({ shares }) => (shares === null ? UNKNOWN : percentText(shares[head])),
});

const each = (head: string, width: number, part: (row: Row) => number | null): Column<Row> => ({
  group: 'interrupts/s',
  head,
  width,
  rank: 0,
  text: (row, room) => {
    const value = part(row);
    return value === null ? UNKNOWN : rateText(value, room);
  },
});

const columns: readonly Column<Row>[] = [
  { group: '', head: 'CPU', width: 4, rank: 0, text: ({ name }) => name.padStart(3) },
  { ...time('usr'), width: 6 },
  { ...time('sys'), width: 6 },
  { ...time('intr'), width: 6 },
  time('idl'),
  { ...time('iow'), width: 6 },
  each('hard', 7, ({ irqs }) => irqs),
  each('RX soft', 9, ({ rx }) => rx),
  each('TX soft', 9, ({ tx }) => tx),
  {
    group: 'in all',
    head: 'hard',
    width: 12,
    rank: 1,
    text: ({ irqTotal }, room) => (irqTotal === null ? UNKNOWN : wholeText(irqTotal, room)),
  },
];

/** Between two panels. */
const PANEL_GAP = 3;

/** Lines of the table when it shows as much as it may. */
export function cpuLinesWanted(picture: Picture): number {
  const count = picture.reading.cpus.length;
  return CPU_HEAD + Math.min(count, picture.mostCpus ?? count) + summaries(picture, []).length;
}

/**
 * The table of CPUs in at most `height` lines, its heading included: all of them, side by side where that is needed,
 * or, where they do not fit, the busiest. The averages at its end are of all.
 */
export function cpuTable(
  picture: Picture,
  devices: readonly DeviceReading[],
  width: number,
  height: number,
): Line[] {
  const all = rowsOf(picture, devices);
  const ends = summaries(picture, all);
  const most = picture.mostCpus ?? all.length;
  const rows = most < all.length ? busiest(all, most) : all;
  const room = height - CPU_HEAD;
  const widest = fitting(columns, width);
  for (let shown = widest; ; shown = fewer(shown)) {
    const panels = Math.max(1, Math.floor((width + PANEL_GAP) / (widthOf(shown) + PANEL_GAP)));
    if (rows.length + ends.length <= room * panels) return sideBySide(shown, [...rows, ...ends], room);
    if (fewer(shown) === shown) break;
  }
  const count = Math.max(1, room - ends.length - 1);
  const note = plainLine(`the busiest ${Math.min(count, most)} of ${all.length} CPUs`);
  return [...sideBySide(widest, [...busiest(all, Math.min(count, most)), ...ends], room), note];
}

function sideBySide(shown: readonly Column<Row>[], rows: readonly Row[], room: number): Line[] {
  const panels = Math.max(1, Math.ceil(rows.length / room));
  const perPanel = Math.ceil(rows.length / panels);
  const width = widthOf(shown) + PANEL_GAP;
  const texts = Array.from({ length: panels }, (_, panel) => [
    ...headLines(shown),
    ...rows.slice(panel * perPanel, (panel + 1) * perPanel).map((row) => rowLine(shown, row)),
  ]);
  return Array.from({ length: CPU_HEAD + perPanel }, (_, i) => {
    const text = texts.map((panel) => (panel[i] ?? '').padEnd(width)).join('');
    return { text: text.trimEnd(), look: i < CPU_HEAD ? 'head' : 'plain' };
  });
}

function rowsOf({ reading, baseline, things }: Picture, devices: readonly DeviceReading[]): Row[] {
  const { elapsedMs } = reading;
  // What links of a daemon hang on it does not tell.
  const isDaemon = things === 'links';
  const rateOf = ({ counted }: Count) =>
    counted === null || elapsedMs === null ? null : perSecond(counted, elapsedMs);
  return reading.cpus.map(({ cpu, spent, rxSoftirqs, txSoftirqs }) => {
    const counts = devices.flatMap(({ interrupts }) => interrupts.get(cpu) ?? []);
    const rates = counts.map(rateOf);
    const from = devices.map(({ name }) => baseline.get(name)?.interrupts.get(cpu)?.total ?? 0);
    return {
      name: `${cpu}`,
      shares: spent === null ? null : sharesOf(spent),
      irqs: elapsedMs === null || isDaemon ? null : sum(rates.map((rate) => rate ?? 0)),
      irqTotal: isDaemon ? null : Math.max(0, sum(counts.map(({ total }) => total)) - sum(from)),
      rx: rateOf(rxSoftirqs),
      tx: rateOf(txSoftirqs),
    };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function load({ shares }: Row): number {
  return shares === null ? 0 : 100 - shares.idl - shares.iow;
}

/** The busiest, the first of them first. */
function busiest(rows: readonly Row[], most: number): Row[] {
  return [...rows].sort((a, b) => load(b) - load(a)).slice(0, most);
}

/** Rows for all CPUs together, where there are several. */
function summaries({ reading, hasMedian }: Picture, rows: readonly Row[]): Row[] {
  if (reading.cpus.length < 2) return [];
  return [summary('avg', rows, mean), ...(hasMedian ? [summary('med', rows, median)] : [])];
}

type Measure = (values: readonly number[]) => number;

function summary(name: string, rows: readonly Row[], measure: Measure): Row {
  const over = (part: (row: Row) => number | null) => {
    const values = rows.map(part).filter((value) => value !== null);
    return values.length === 0 ? null : measure(values);
  };
  const share = (name: keyof CpuShares) => over(({ shares }) => (shares === null ? null : shares[name])) ?? 0;
  const isKnown = rows.some(({ shares }) => shares !== null);
  return {
    name,
    shares: isKnown
      ? {
          usr: share('usr'),
          sys: share('sys'),
          intr: share('intr'),
          idl: share('idl'),
          iow: share('iow'),
          stl: share('stl'),
        }
      : null,
    irqs: over(({ irqs }) => irqs),
    irqTotal: over(({ irqTotal }) => irqTotal),
    rx: over(({ rx }) => rx),
    tx: over(({ tx }) => tx),
  };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function median(values: readonly number[]): number {
  const list = [...values].sort((a, b) => a - b);
  const middle = list.length >> 1;
  return list.length % 2 === 1 ? list[middle] : (list[middle - 1] + list[middle]) / 2;
}
