import type { Reading } from './reading.js';

/** Columns that stand once; those of the CPUs follow. The names and their order are netsniff-ng's ifpps's. */
const COLUMNS = [
  'unixtime',
  ...way('rx'),
  ...way('tx'),
  'context-switches-per-t',
  ...['mem-free', 'mem-used', 'mem-total', 'swap-free', 'swap-used', 'swap-total'],
  ...['procs-total', 'procs-in-run', 'procs-in-iow'],
];

const CPU_COLUMNS = [
  ...['usr-per-t', 'nice-per-t', 'sys-per-t', 'idle-per-t', 'iow-per-t'],
  ...['net-irqs-per-t', 'net-irqs'],
  ...['net-rx-soft-irqs-per-t', 'net-rx-soft-irqs', 'net-tx-soft-irqs-per-t', 'net-tx-soft-irqs'],
];

function way(name: string): string[] {
  const figures = ['bytes', 'pkts', 'drops', 'errors'];
  return [
    ...figures.map((figure) => `${name}-${figure}-per-t`),
    ...figures.map((figure) => `${name}-${figure}`),
  ];
}

/** The lines above the columns, for gnuplot a comment. */
export function csvHeader(device: string, intervalMs: number, cpus: readonly number[]): string {
  const names = [...COLUMNS, ...cpus.flatMap((cpu) => CPU_COLUMNS.map((name) => `cpu${cpu}-${name}`))];
  return [
    '# gnuplot dump (#col:description)\n',
    `# networking interface: ${device}\n`,
    `# sampling interval (t): ${intervalMs} ms\n`,
    `# ${names.map((name, i) => `${i + 1}:${name} `).join('')}\n`,
    '# data:\n',
  ].join('');
}

/**
 * A sample as a line of columns: `per-t` are counts since the last sample, not scaled; memory in KiB, times of CPUs in
 * ticks. An interface that is gone, or whose counters began anew, has no such counts: its line is a comment, and in
 * front of it an empty one, at which gnuplot breaks a curve; while it stays away nothing is said again.
 */
export function csvLine(
  device: string,
  reading: Reading,
  before: Reading | null,
  cpus: readonly number[],
): string {
  const { sample } = reading;
  const time = Math.floor(sample.unixMs / 1000);
  const found = reading.devices.find(({ name }) => name === device);
  if (!found || found.state === 'gone') {
    const wasGone = before?.devices.find(({ name }) => name === device)?.state === 'gone';
    return wasGone ? '' : `\n# ${time} ${device} is gone\n`;
  }
  if (found.counted === null) return `\n# ${time} ${device} reset: its counters began anew\n`;
  const { totals, counted } = found;
  const { memory, stat, processes } = sample;
  const ofCpus = cpus.flatMap((cpu) => {
    const { spent = null, rxSoftirqs, txSoftirqs } = reading.cpus.find((one) => one.cpu === cpu) ?? {};
    const irqs = found.interrupts.get(cpu);
    return [
      ...[spent?.user, spent?.nice, spent?.system, spent?.idle, spent?.iowait],
      ...[irqs, rxSoftirqs, txSoftirqs].flatMap((count) => [count?.counted, count?.total]),
    ];
  });
  const values = [
    time,
    ...[counted.rxBytes, counted.rxPackets, counted.rxDrops, counted.rxErrors],
    ...[totals.rxBytes, totals.rxPackets, totals.rxDrops, totals.rxErrors],
    ...[counted.txBytes, counted.txPackets, counted.txDrops, counted.txErrors],
    ...[totals.txBytes, totals.txPackets, totals.txDrops, totals.txErrors],
    reading.contextSwitches,
    ...[memory.free, memory.total - memory.free, memory.total],
    ...[memory.swapFree, memory.swapTotal - memory.swapFree, memory.swapTotal],
    ...[processes, stat.running, stat.blocked],
    ...ofCpus,
  ];
  return `${values.map((value) => `${value ?? 0} `).join('')}\n`;
}
