import { expect, test } from 'vitest';
import { idleTicks, noCounters, procSample } from '../../testing/proc-samples.js';
import { csvHeader, csvLine } from './csv.js';
import { type Reading, readingOf } from './reading.js';

const counters = {
  rxBytes: 1000,
  rxPackets: 10,
  rxErrors: 3,
  rxDrops: 2,
  txBytes: 2000,
  txPackets: 20,
  txErrors: 7,
  txDrops: 6,
};
const cpu = (n: number) => ({
  ticks: { ...idleTicks, user: n, nice: 2 * n, system: 3 * n, idle: 4 * n, iowait: 5 * n },
  rxSoftirqs: 7 * n,
  txSoftirqs: 8 * n,
  interrupts: 6 * n,
});

const first = readingOf(procSample(0, { eth0: noCounters }, [cpu(0), cpu(0)], 100), null, new Set(['eth0']));
const after = (before: Reading, ms: number, devices: Parameters<typeof procSample>[1], count = 2) =>
  readingOf(
    procSample(
      ms,
      devices,
      Array.from({ length: count }, () => cpu(ms / 1000)),
      100 + ms,
    ),
    before,
    new Set(['eth0']),
  );

test('the heading has as many columns as a line, and the names of netsniff-ng', () => {
  const header = csvHeader('eth0', 300, [0, 1]);
  const lines = header.split('\n');
  expect(lines.slice(0, 3)).toEqual([
    '# gnuplot dump (#col:description)',
    '# networking interface: eth0',
    '# sampling interval (t): 300 ms',
  ]);
  expect(lines[3]).toMatch(
    /^# 1:unixtime 2:rx-bytes-per-t .* 27:procs-in-iow 28:cpu0-usr-per-t .*49:cpu1-net-tx-soft-irqs $/,
  );
  expect(lines.slice(4)).toEqual(['# data:', '']);
});

test('each figure in its column; per t is not per second', () => {
  const line = csvLine('eth0', after(first, 2000, { eth0: counters }), first, [0, 1]);
  expect(line).toBe(
    [
      '1795000002',
      '1000 10 2 3 1000 10 2 3',
      '2000 20 6 7 2000 20 6 7',
      '2000',
      '2000000 2000000 4000000 1000000 0 1000000',
      '85 1 0',
      '2 4 6 8 10 12 12 14 14 16 16',
      '2 4 6 8 10 12 12 14 14 16 16',
      '\n',
    ].join(' '),
  );
});

test('columns stay when a CPU goes offline', () => {
  const line = csvLine('eth0', after(first, 2000, { eth0: counters }, 1), first, [0, 1]);
  expect(line.trim().split(' ')).toHaveLength(49);
  expect(line).toMatch(/ 0 0 0 0 0 0 0 0 0 0 0 \n$/);
});

test('an interface that goes and comes is told once each, in comments', () => {
  const gone = after(first, 1000, {});
  const still = after(gone, 2000, {});
  const back = after(still, 3000, { eth0: counters });
  expect(csvLine('eth0', gone, first, [0])).toBe('\n# 1795000001 eth0 is gone\n');
  expect(csvLine('eth0', still, gone, [0])).toBe('');
  expect(csvLine('eth0', back, still, [0])).toBe('\n# 1795000003 eth0 reset: its counters began anew\n');
  expect(csvLine('eth0', after(back, 4000, { eth0: counters }), back, [0])).toMatch(
    /^1795000004 0 0 0 0 1000 /,
  );
});
