import type { DeviceReading, Reading } from './reading.js';

/** By what the table of interfaces is sorted: `order` is the kernel's, the others put the most first. */
export const SORTS = ['order', 'name', 'rx', 'tx', 'drops'] as const;
export type Sort = (typeof SORTS)[number];

/** What the user wants to see. */
export interface View {
  /** One interface at large, or a table of all. */
  readonly mode: 'one' | 'all';
  /** The interface at large; in the table the one that is marked, whose hardware interrupts are shown. */
  readonly chosen: string | null;
  readonly sort: Sort;
  readonly intervalMs: number;
  readonly isHelp: boolean;
}

/** Those of a reading that the user asked for: all, unless several were named. */
export function listed({ devices }: Reading, named: readonly string[]): DeviceReading[] {
  if (named.length < 2) return [...devices];
  return named.flatMap((name) => devices.filter((device) => device.name === name));
}

export function sorted(devices: readonly DeviceReading[], sort: Sort): DeviceReading[] {
  const list = [...devices];
  switch (sort) {
    case 'order':
      return list;
    case 'name':
      return list.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    case 'rx':
      return list.sort((a, b) => (b.counted?.rxPackets ?? -1) - (a.counted?.rxPackets ?? -1));
    case 'tx':
      return list.sort((a, b) => (b.counted?.txPackets ?? -1) - (a.counted?.txPackets ?? -1));
    case 'drops':
      return list.sort((a, b) => losses(b) - losses(a));
  }
}

function losses({ counted }: DeviceReading): number {
  return counted === null ? -1 : counted.rxDrops + counted.txDrops + counted.rxErrors + counted.txErrors;
}

/** What a key asks for beside another view. */
export type Order = 'quit' | 'interrupt' | 'suspend' | 'promiscuous' | 'baseline' | 'redraw';

const INTERVALS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

/** What a key does. `names` are the interfaces, as they stand on the screen. */
export function press(view: View, key: string, names: readonly string[]): { view: View; order?: Order } {
  const order = ORDERS.get(key);
  if (order) return { view, order };
  if (view.isHelp) return { view: { ...view, isHelp: false } };
  switch (key) {
    case '+':
    case '=':
      return {
        view: { ...view, intervalMs: INTERVALS.find((ms) => ms > view.intervalMs) ?? view.intervalMs },
      };
    case '-':
      return {
        view: { ...view, intervalMs: INTERVALS.findLast((ms) => ms < view.intervalMs) ?? view.intervalMs },
      };
    case 'tab':
    case 'down':
    case 'right':
      return { view: { ...view, chosen: neighbour(names, view.chosen, 1) } };
    case 'back-tab':
    case 'up':
    case 'left':
      return { view: { ...view, chosen: neighbour(names, view.chosen, -1) } };
    case 'enter':
      return { view: { ...view, mode: view.mode === 'one' ? 'all' : 'one' } };
    case 's':
      return { view: { ...view, sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length] } };
    case 'h':
    case '?':
      return { view: { ...view, isHelp: true } };
    default:
      return { view };
  }
}

const ORDERS: ReadonlyMap<string, Order> = new Map([
  ['q', 'quit'],
  ['ctrl-c', 'interrupt'],
  ['ctrl-z', 'suspend'],
  ['ctrl-l', 'redraw'],
  ['p', 'promiscuous'],
  ['r', 'baseline'],
]);

function neighbour(names: readonly string[], chosen: string | null, step: 1 | -1): string | null {
  if (names.length === 0) return null;
  const at = chosen === null ? -1 : names.indexOf(chosen);
  if (at < 0) return names[0];
  return names[(at + step + names.length) % names.length];
}

/** The device that stands at large, or is marked: the first one when nobody chose. */
export function chosenOf(devices: readonly DeviceReading[], { chosen }: View): DeviceReading | null {
  return devices.find(({ name }) => name === chosen) ?? devices[0] ?? null;
}

export const keyHelp: readonly (readonly [keys: string, meaning: string])[] = [
  ['q', 'quit'],
  ['+ -', 'longer, shorter interval'],
  ['arrows, tab', 'choose another interface'],
  ['enter', 'the chosen one at large, or the table'],
  ['s', `sort the table: ${SORTS.join(', ')}`],
  ['p', 'promiscuous, until p again or the end'],
  ['r', 'count totals from now on'],
  ['h', 'this help; any key leaves it'],
];
