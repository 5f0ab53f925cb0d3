import type {
  Authorship,
  DeviceRow,
  GeneratorView,
  PacketRow,
  PacketView,
  SentFigures,
  UserRow,
} from '../../../control/generator-words.js';
import { paceText } from '../../../traffic/rates.js';
import { printable } from '../../shared/printable.js';
import { type Lean, table } from '../../shared/table.js';

export function packetsText(rows: readonly PacketRow[]): string {
  if (rows.length === 0) return 'no packets; "packet NAME { … }" describes one\n';
  const lines = rows.map(({ name, packets, lengths, made, generators }) => [
    name,
    String(packets),
    lengthsText(lengths),
    ...authorship(made),
    generators.join(' '),
  ]);
  return table(
    [['NAME', 'PACKETS', 'BYTES', 'MADE BY', 'AT', 'GENERATORS'], ...lines],
    ['left', 'right', 'right'],
  );
}

export function packetText(view: PacketView): string {
  const [by, at] = authorship(view.made);
  const count = `${view.packets} packet${view.packets === 1 ? '' : 's'}`;
  const head = `# packet ${view.name}: ${count} of ${lengthsText(view.lengths)} bytes, made by ${by} at ${at}\n`;
  const warnings = view.warnings.map((warning) => `# ${warning}\n`).join('');
  return head + warnings + printable(view.text.endsWith('\n') ? view.text : `${view.text}\n`);
}

export function generatorsText(views: readonly GeneratorView[]): string {
  if (views.length === 0) return 'no generators; "generator NAME packet P device D" makes one\n';
  const lines = views.map(({ name, state, settings, made, started }) => [
    name,
    state,
    settings.packet,
    settings.device,
    paceText(settings.pace),
    settings.count === null ? '-' : String(settings.count),
    ...authorship(made),
    started?.by ?? '-',
  ]);
  const head = ['NAME', 'STATE', 'PACKET', 'DEVICE', 'PACE', 'COUNT', 'MADE BY', 'AT', 'STARTED BY'];
  return table([head, ...lines], ['left', 'left', 'left', 'left', 'right', 'right']);
}

/** Everything about one generator. */
export function generatorText(view: GeneratorView): string {
  const { settings, figures, started, error } = view;
  const rows = [
    ['state', view.state],
    ['packet', settings.packet],
    ['device', settings.device],
    ['pace', paceText(settings.pace)],
    ['count', settings.count === null ? 'until stopped' : String(settings.count)],
    ['cpus', settings.cpus?.join(',') ?? 'any'],
    ['seed', String(settings.seed ?? figures?.seed ?? 'any')],
    ['way', settings.way],
    ['order', settings.shuffled ? 'random' : 'written'],
    ['qdisc', settings.queueingDiscipline ? 'on' : 'off'],
    ['made', authorship(view.made).join('  ')],
  ];
  if (started) rows.push(['started', authorship(started).join('  ')]);
  if (error !== null) rows.push(['error', error]);
  const workers = (figures?.workers ?? []).map((worker) => [
    worker.cpu === null ? 'any' : String(worker.cpu),
    worker.way,
    String(worker.frames),
    String(worker.bytes),
  ]);
  const share =
    workers.length === 0
      ? ''
      : `\n${table([['CPU', 'WAY', 'FRAMES', 'BYTES'], ...workers], ['right', 'left', 'right', 'right'])}`;
  return `${view.name}\n${table(rows, [], '  ')}${share}\n${statisticsText([view])}`;
}

/** What generators have sent. Rates are of the time since `before`, where that knows the same run. */
export function statisticsText(
  views: readonly GeneratorView[],
  before: readonly GeneratorView[] = [],
): string {
  if (views.length === 0) return generatorsText([]);
  const lines = views.map(({ name, state, figures, started, error }) => {
    if (!figures) return [name, state, '-', '-', '-', '-', '-', '-', error ?? ''];
    const old = before.find((one) => one.name === name && one.started?.at === started?.at)?.figures;
    const { packets, bits } = rates(figures, state === 'running' ? old : null);
    const refused = Object.entries(figures.refused).map(([errno, count]) => `${errno} ${count}`);
    return [
      name,
      state,
      String(figures.frames),
      String(figures.bytes),
      scaled(packets, 'pps'),
      scaled(bits, 'bit/s'),
      (figures.micros / 1e6).toFixed(3),
      String(figures.waits),
      error ?? refused.join(', '),
    ];
  });
  const leans: Lean[] = ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'];
  const head = ['NAME', 'STATE', 'FRAMES', 'BYTES', 'RATE', 'LOAD', 'SECONDS', 'WAITS', 'REFUSED'];
  return table([head, ...lines], leans);
}

function rates(now: SentFigures, old: SentFigures | null | undefined): { packets: number; bits: number } {
  const seconds = (now.micros - (old?.micros ?? 0)) / 1e6;
  if (seconds <= 0) return { packets: 0, bits: 0 };
  return {
    packets: (now.frames - (old?.frames ?? 0)) / seconds,
    bits: ((now.bytes - (old?.bytes ?? 0)) * 8) / seconds,
  };
}

export function devicesText(rows: readonly DeviceRow[]): string {
  const lines = rows.map(({ name, mtu, address, received, sent, generators, ...state }) => [
    name,
    stateText(state),
    String(mtu),
    address,
    String(received.packets),
    String(sent.packets),
    String(received.errors + sent.errors),
    String(received.dropped + sent.dropped),
    generators.join(' '),
  ]);
  const head = ['NAME', 'STATE', 'MTU', 'ADDRESS', 'RX', 'TX', 'ERRORS', 'DROPPED', 'GENERATORS'];
  return table([head, ...lines], ['left', 'left', 'right', 'left', 'right', 'right', 'right', 'right']);
}

/** One device; with what it had `seconds` ago, rates as well. */
export function deviceText(row: DeviceRow, before?: DeviceRow, seconds = 0): string {
  const { name, mtu, address, generators } = row;
  const head = `${name}  ${stateText(row)}  MTU ${mtu}${address === '' ? '' : `  ${address}`}\n`;
  const ways = (['received', 'sent'] as const).map((way) => {
    const now = row[way];
    const old = before?.[way];
    const rate = (count: number, earlier: number | undefined, unit: string) =>
      earlier === undefined || seconds <= 0 ? [] : [scaled((count - earlier) / seconds, unit)];
    return [
      way,
      String(now.packets),
      String(now.bytes),
      String(now.errors),
      String(now.dropped),
      ...rate(now.packets, old?.packets, 'pps'),
      ...rate(now.bytes * 8, old && old.bytes * 8, 'bit/s'),
    ];
  });
  const columns = ['', 'PACKETS', 'BYTES', 'ERRORS', 'DROPPED', ...(before ? ['RATE', 'LOAD'] : [])];
  const leans: Lean[] = ['left', 'right', 'right', 'right', 'right', 'right', 'right'];
  const used = generators.length === 0 ? '' : `  generators: ${generators.join(', ')}\n`;
  return head + table([columns, ...ways], leans, '  ') + used;
}

function stateText({ up, running }: Pick<DeviceRow, 'up' | 'running'>): string {
  if (!up) return 'down';
  return running ? 'up' : 'no carrier';
}

export function usersText(rows: readonly UserRow[], own: number | undefined): string {
  if (rows.length === 0) return 'no shells are connected\n';
  const lines = rows.map(({ session, user, pid, since }) => [
    String(session),
    user,
    String(pid),
    timeText(since),
    session === own ? '(this one)' : '',
  ]);
  return table([['SESSION', 'USER', 'PID', 'SINCE'], ...lines], ['right', 'left', 'right']);
}

/** `20.0 kpps`: three digits that count. */
export function scaled(value: number, unit: string): string {
  const steps = ['', 'k', 'M', 'G', 'T'];
  let [step, rest] = [0, value];
  while (rest >= 999.5 && step < steps.length - 1) {
    rest /= 1000;
    step++;
  }
  const digits = rest >= 99.95 || (step === 0 && Number.isInteger(rest)) ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)} ${steps[step]}${unit}`;
}

function authorship({ by, at }: Authorship): [string, string] {
  return [by, timeText(at)];
}

/** ISO 8601 as local time to the second. */
export function timeText(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `60`, `60-1514`. */
function lengthsText(lengths: readonly number[]): string {
  const least = lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = lengths.reduce((a, b) => Math.max(a, b), 0);
  return least >= most ? String(most) : `${least}-${most}`;
}
