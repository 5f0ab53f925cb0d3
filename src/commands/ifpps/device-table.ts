import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import { type Column, fitting, headLines, rowLine } from './columns.js';
import { ratesOf } from './counting.js';
import { mebiText, rateText, UNKNOWN, wholeText } from './figures.js';
import { type Line, type Picture, plainLine } from './picture.js';
import type { DeviceReading } from './reading.js';

/** Rows of the heading. */
export const TABLE_HEAD = 2;

interface Row {
  readonly name: string;
  readonly isChosen: boolean;
  /** What stands in place of rates; empty where there are some. */
  readonly state: string;
  readonly rates: DeviceCounters | null;
  readonly totals: DeviceCounters;
}

type Part = (counters: DeviceCounters) => number;

function rate(group: string, head: string, width: number, rank: number, part: Part): Column<Row> {
  const show = head.startsWith('MiB') ? mebiText : rateText;
  return {
    group,
    head,
    width,
    rank,
    text: ({ rates }, room) => (rates === null ? UNKNOWN : show(part(rates), room)),
  };
}

function total(head: string, rank: number, part: Part): Column<Row> {
  return {
    group: 'in all',
    head,
    width: 12,
    rank,
    text: ({ totals }, room) => wholeText(part(totals), room),
  };
}

function columns(nameWidth: number, things: string): Column<Row>[] {
  return [
    {
      group: '',
      head: `  ${things.replace(/s$/, '')}`,
      width: nameWidth + 2,
      rank: 0,
      text: ({ isChosen, name }) => `${isChosen ? '>' : ' '} ${name}`,
    },
    {
      ...rate('RX/s', 'packets', 10, 0, ({ rxPackets }) => rxPackets),
      text: ({ rates, state }, room) => (rates === null ? state : rateText(rates.rxPackets, room)),
    },
    rate('RX/s', 'MiB', 10, 2, ({ rxBytes }) => rxBytes),
    rate('TX/s', 'packets', 10, 0, ({ txPackets }) => txPackets),
    rate('TX/s', 'MiB', 10, 2, ({ txBytes }) => txBytes),
    rate('both/s', 'drops', 9, 1, ({ rxDrops, txDrops }) => rxDrops + txDrops),
    rate('both/s', 'errors', 8, 3, ({ rxErrors, txErrors }) => rxErrors + txErrors),
    total('RX packets', 4, ({ rxPackets }) => rxPackets),
    total('TX packets', 4, ({ txPackets }) => txPackets),
    total('drops', 5, ({ rxDrops, txDrops }) => rxDrops + txDrops),
    total('errors', 5, ({ rxErrors, txErrors }) => rxErrors + txErrors),
  ];
}

/**
 * The table of interfaces in at most `height` lines, its heading included; it is moved so that the chosen one can be
 * seen, and says how many cannot.
 */
export function deviceTable(
  devices: readonly DeviceReading[],
  chosen: DeviceReading | null,
  picture: Picture,
  width: number,
  height: number,
): Line[] {
  const { elapsedMs } = picture.reading;
  const longest = Math.max(9, ...devices.map(({ name }) => name.length));
  const shown = fitting(columns(longest, picture.things), width);
  const [groups, heads] = headLines(shown);
  const room = height - TABLE_HEAD;
  const isWhole = devices.length <= room;
  const count = isWhole ? devices.length : Math.max(1, room - 1);
  const at = Math.max(0, chosen === null ? 0 : devices.indexOf(chosen));
  const from = Math.max(0, Math.min(at - (count >> 1), devices.length - count));
  const lines: Line[] = devices.slice(from, from + count).map((device) => {
    const { name, state, counted, totals } = device;
    const row: Row = {
      name,
      isChosen: picture.hasKeys && device === chosen,
      state: state === 'counted' ? '' : state,
      rates: counted !== null && elapsedMs !== null ? ratesOf(counted, elapsedMs) : null,
      totals,
    };
    return { text: rowLine(shown, row), look: lookOf(device, picture.hasKeys ? chosen : null) };
  });
  const rest = devices.length - count;
  const more = isWhole ? [] : [plainLine(`  and ${rest} more: ${from} above, ${rest - from} below`)];
  return [{ text: groups, look: 'head' }, { text: heads, look: 'head' }, ...lines, ...more];
}

function lookOf(device: DeviceReading, chosen: DeviceReading | null): Line['look'] {
  if (device.state === 'gone') return 'alert';
  return device === chosen ? 'chosen' : 'plain';
}
