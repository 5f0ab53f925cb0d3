import type { Report, SizeReport } from '../../../traffic/rfc2544/report.js';
import { wasSlow } from '../../../traffic/rfc2544/verdict.js';
import { table } from '../../shared/table.js';

/** What was measured, as tables. */
export function tableText(report: Report): string {
  return [heading(report), throughputText(report), latencyText(report), lossText(report), burstText(report)]
    .filter((part) => part !== '')
    .join('\n');
}

const limits = {
  highest: 'none: the highest rate tried',
  loss: 'frames lost above',
  generator: 'no faster sending',
  sink: 'no faster counting',
} as const;

function heading({ from, to, linkSpeed, linkIsNominal, options, interrupted }: Report): string {
  const nominal = linkIsNominal ? ', in name only: a virtual device' : '';
  const speed = linkSpeed === null ? 'unknown' : `${linkSpeed / 1e6} Mb/s${nominal}`;
  const allowed = options.allowedLoss === 0 ? 'no frame' : `${options.allowedLoss} % of the frames`;
  const ended = interrupted ? 'Interrupted: what was measured until then.\n' : '';
  return `RFC 2544, ${from} -> ${to}: trials of ${options.trial} s, ${allowed} may be lost; link speed ${speed}\n${ended}`;
}

function throughputText({ sizes }: Report): string {
  const rows = sizes.flatMap(({ size, lineRate, highestRate, throughput }) => {
    if (!throughput) return [];
    const { rate, wireBits, limit, converged, trials } = throughput;
    return [
      [
        `${size}`,
        grouped(rate),
        (wireBits / 1e6).toFixed(1),
        lineRate === null ? '-' : `${((rate / lineRate) * 100).toFixed(1)} %`,
        lineRate === null ? '-' : grouped(lineRate),
        grouped(highestRate),
        `${trials.length}`,
        converged ? limits[limit] : 'interrupted',
      ],
    ];
  });
  return section(
    'Throughput (26.1)',
    ['BYTES', 'FRAMES/S', 'MB/S ON WIRE', 'OF LINE', 'LINE', 'HIGHEST TRIED', 'TRIALS', 'LIMIT'],
    rows,
    'MB/S: megabits a second, with preamble and gap.',
  );
}

function latencyText({ sizes }: Report): string {
  const rows = sizes.flatMap(({ size, latency }) => {
    if (!latency) return [];
    const { rate, lowest, average, median, p99, highest, count, lost } = latency;
    const micros = [average, lowest, median, p99, highest].map((value) => value.toFixed(1));
    return [[`${size}`, grouped(rate), ...micros, `${count}`, `${lost}`]];
  });
  return section(
    'Latency at the throughput (26.2), µs',
    ['BYTES', 'FRAMES/S', 'AVERAGE', 'LOWEST', 'MEDIAN', 'P99', 'HIGHEST', 'TAGS', 'LOST'],
    rows,
  );
}

function lossText({ sizes }: Report): string {
  const measured = sizes.filter((size): size is SizeReport & { loss: NonNullable<SizeReport['loss']> } =>
    Boolean(size.loss?.length),
  );
  const loads = [...new Set(measured.flatMap(({ loss }) => loss.map(({ load }) => load)))].sort(
    (a, b) => b - a,
  );
  const rows = measured.map(({ size, highestRate, loss }) => {
    const cells = loads.map((load) => {
      const point = loss.find((one) => one.load === load);
      if (point === undefined) return '';
      const text = `${percent(point.loss)}${wasSlow(point.trial) ? '*' : ''}`;
      return point.valid ? text : `(${text})`;
    });
    return [`${size}`, grouped(highestRate), ...cells];
  });
  const points = measured.flatMap(({ loss }) => loss);
  const notes = [
    points.some(({ trial }) => wasSlow(trial)) ? '*: could not be sent so fast.' : '',
    points.some(({ valid }) => !valid)
      ? 'In brackets: not valid, the receiving socket lost frames itself.'
      : '',
  ];
  return section(
    'Frame loss (26.3), % of the frames at each part of the highest rate',
    ['BYTES', '100 % IS', ...loads.map((load) => `${load} %`)],
    rows,
    notes.filter((note) => note !== '').join(' '),
  );
}

function burstText({ sizes }: Report): string {
  const rows = sizes.flatMap(({ size, backToBack }) => {
    if (!backToBack) return [];
    const { average, lowest, highest, longest, searches } = backToBack;
    const all = [average, lowest, highest, longest].map(grouped);
    return [[`${size}`, ...all, `${searches.length}`]];
  });
  return section(
    'Back-to-back frames (26.4): longest burst without loss',
    ['BYTES', 'AVERAGE', 'LOWEST', 'HIGHEST', 'LONGEST TRIED', 'SEARCHES'],
    rows,
  );
}

function section(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  note = '',
): string {
  if (rows.length === 0) return '';
  const leans = headings.map((name) => (name === 'LIMIT' ? 'left' : 'right') as 'left' | 'right');
  return `${title}\n${table([headings, ...rows], leans, '  ')}${note === '' ? '' : `  ${note}\n`}`;
}

function percent(value: number): string {
  if (value === 0) return '0';
  return value < 0.001 ? '<0.001' : value.toFixed(value < 1 ? 3 : 1);
}

/** `1,488,095`. */
function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
