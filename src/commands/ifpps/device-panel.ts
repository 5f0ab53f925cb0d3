import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import { type Column, fitting, headLines, rowLine } from './columns.js';
import { countersSince, ratesOf } from './counting.js';
import { mebiText, percentText, rateText, UNKNOWN, wholeText } from './figures.js';
import { type Line, type Picture, plainLine } from './picture.js';
import type { DeviceReading } from './reading.js';

/** A row of the panel: what went one way; null where it is not known. */
interface Way {
  readonly name: string;
  readonly bytes: number | null;
  readonly packets: number | null;
  readonly drops: number | null;
  readonly errors: number | null;
  /** Of the line rate, in percent. */
  readonly share: number | null;
}

type Show = (value: number, room: number) => string;

const show = (value: number | null, room: number, text: Show) =>
  value === null ? UNKNOWN : text(value, room);

function columns(unit: '/s' | '', hasShare: boolean): Column<Way>[] {
  const text: Show = unit === '/s' ? rateText : wholeText;
  const share: Column<Way> = {
    group: '',
    head: '% of line',
    width: 11,
    rank: 3,
    text: (way, room) => show(way.share, room, percentText),
  };
  const bits: Column<Way> = {
    group: '',
    head: 'Mbit/s',
    width: 12,
    rank: 4,
    text: (way, room) => show(way.bytes, room, (bytes) => rateText(bytes / 125_000, room)),
  };
  return [
    { group: '', head: '', width: 4, rank: 0, text: (way) => way.name },
    {
      group: '',
      head: `MiB${unit}`,
      width: 11,
      rank: 0,
      text: (way, room) => show(way.bytes, room, mebiText),
    },
    {
      group: '',
      head: `packets${unit}`,
      width: 12,
      rank: 0,
      text: (way, room) => show(way.packets, room, text),
    },
    { group: '', head: `drops${unit}`, width: 10, rank: 0, text: (way, room) => show(way.drops, room, text) },
    {
      group: '',
      head: `errors${unit}`,
      width: 10,
      rank: 0,
      text: (way, room) => show(way.errors, room, text),
    },
    ...(unit === '/s' ? [bits] : []),
    ...(hasShare && unit === '/s' ? [share] : []),
  ];
}

/** What an interface receives and transmits each second: three lines. */
export function rateLines(device: DeviceReading, picture: Picture, width: number): Line[] {
  const { elapsedMs } = picture.reading;
  const { counted } = device;
  const rates = counted !== null && elapsedMs !== null ? ratesOf(counted, elapsedMs) : null;
  const speed = picture.facts?.speed ?? null;
  const share = (bytes: number | null) =>
    bytes === null || speed === null ? null : (100 * bytes * 8) / (speed * 1e6);
  const [rx, tx] = ways(rates);
  const rows = [rx, tx].map((way) => ({ ...way, share: share(way.bytes) }));
  return panel(fitting(columns('/s', picture.hasPercentage), width), rows);
}

/** What it has received and transmitted in all, or since the baseline: three lines. */
export function totalLines(device: DeviceReading, picture: Picture, width: number): Line[] {
  const { baseline, baselineMs, reading } = picture;
  const from = baseline.get(device.name);
  const totals = from ? countersSince(from.totals, device.totals) : device.totals;
  const [head, ...rows] = panel(fitting(columns('', false), width), ways(totals));
  const since =
    baselineMs === null ? 'in all' : `in ${Math.round((reading.sample.atMs - baselineMs) / 1000)} s`;
  return [{ ...head, text: `${head.text}   ${since}` }, ...rows];
}

function ways(counters: DeviceCounters | null): [Way, Way] {
  const { rxBytes, rxPackets, rxDrops, rxErrors, txBytes, txPackets, txDrops, txErrors } =
    counters ?? NOTHING;
  return [
    { name: 'RX', bytes: rxBytes, packets: rxPackets, drops: rxDrops, errors: rxErrors, share: null },
    { name: 'TX', bytes: txBytes, packets: txPackets, drops: txDrops, errors: txErrors, share: null },
  ];
}

const NOTHING: Readonly<Record<keyof DeviceCounters, null>> = {
  rxBytes: null,
  rxPackets: null,
  rxErrors: null,
  rxDrops: null,
  txBytes: null,
  txPackets: null,
  txErrors: null,
  txDrops: null,
};

function panel(shown: readonly Column<Way>[], rows: readonly Way[]): Line[] {
  const [, heads] = headLines(shown);
  return [{ text: heads, look: 'head' }, ...rows.map((row) => plainLine(rowLine(shown, row)))];
}
