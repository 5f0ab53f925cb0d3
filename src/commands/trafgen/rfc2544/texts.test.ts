import { expect, test } from 'vitest';
import type { Report, TrialReport } from '../../../traffic/rfc2544/report.js';
import { durationOf, durationText } from './duration.js';
import { plotTexts } from './plot-text.js';
import { trialLine } from './progress.js';
import { tableText } from './table-text.js';

const counts: TrialReport = {
  asked: 1000,
  sent: 2000,
  seconds: 2,
  received: 1990,
  duplicated: 0,
  reordered: 0,
  wrongLength: 0,
  sinkLost: 0,
  lost: 10,
  offered: 1000,
};

const summary = { count: 200, lowest: 3.04, average: 10.456, median: 9, p99: 34.15, highest: 36.5 };

const report: Report = {
  from: 'eth1',
  to: 'eth2',
  linkSpeed: 1e9,
  linkIsNominal: false,
  options: {
    tests: ['throughput', 'latency', 'loss', 'back-to-back'],
    trial: 2,
    burst: 2,
    settle: 1,
    rest: 0,
    allowedLoss: 0,
    resolution: 1,
    lossStep: 10,
    tries: 2,
    repeat: { latency: 2, backToBack: 3 },
  },
  sizes: [
    {
      size: 64,
      bytes: 60,
      lineRate: 1_488_095,
      highestRate: 700_000,
      highestBecause: 'generator',
      throughput: {
        rate: 345_678,
        wireBits: 345_678 * 84 * 8,
        limit: 'loss',
        converged: true,
        trials: [counts, counts],
      },
      latency: { ...summary, rate: 345_678, lost: 1, trials: 2 },
      loss: [
        { load: 100, loss: 50.04, valid: true, trial: { ...counts, seconds: 4 } },
        { load: 90, loss: 0.0004, valid: false, trial: counts },
        { load: 80, loss: 0, valid: true, trial: counts },
      ],
      backToBack: {
        average: 1234,
        lowest: 1000,
        highest: 1500,
        searches: [
          { frames: 1000, limit: 'loss' },
          { frames: 1500, limit: 'loss' },
        ],
        longest: 1_400_000,
      },
    },
    {
      size: 1518,
      bytes: 1514,
      lineRate: 81_274,
      highestRate: 81_274,
      highestBecause: 'line',
      throughput: {
        rate: 81_274,
        wireBits: 999_995_296,
        limit: 'highest',
        converged: true,
        trials: [counts],
      },
      loss: [
        { load: 100, loss: 0, valid: true, trial: counts },
        { load: 90, loss: 0, valid: true, trial: counts },
      ],
    },
  ],
  interrupted: false,
  frames: { sentFrom: 10, sentTo: 5, arrivedTo: 10 },
  warnings: [],
};

test('the tables', () => {
  expect(
    tableText(report),
  ).toBe(`RFC 2544, eth1 -> eth2: trials of 2 s, no frame may be lost; link speed 1000 Mb/s

Throughput (26.1)
  BYTES  FRAMES/S  MB/S ON WIRE  OF LINE       LINE  HIGHEST TRIED  TRIALS  LIMIT
     64   345,678         232.3   23.2 %  1,488,095        700,000       2  frames lost above
   1518    81,274        1000.0  100.0 %     81,274         81,274       1  none: the highest rate tried
  MB/S: megabits a second, with preamble and gap.

Latency at the throughput (26.2), µs
  BYTES  FRAMES/S  AVERAGE  LOWEST  MEDIAN   P99  HIGHEST  TAGS  LOST
     64   345,678     10.5     3.0     9.0  34.1     36.5   200     1

Frame loss (26.3), % of the frames at each part of the highest rate
  BYTES  100 % IS  100 %      90 %  80 %
     64   700,000  50.0*  (<0.001)     0
   1518    81,274      0         0
  *: could not be sent so fast. In brackets: not valid, the receiving socket lost frames itself.

Back-to-back frames (26.4): longest burst without loss
  BYTES  AVERAGE  LOWEST  HIGHEST  LONGEST TRIED  SEARCHES
     64    1,234   1,000    1,500      1,400,000         2
`);
});

test('a link whose speed nobody tells, and an end before the end', () => {
  const [first] = report.sizes;
  const { throughput } = first;
  if (!throughput) throw new Error('the sample has one');
  const sizes = [{ ...first, lineRate: null, throughput: { ...throughput, converged: false } }];
  const text = tableText({ ...report, sizes, linkSpeed: null, interrupted: true });
  expect(text).toContain('link speed unknown\nInterrupted: what was measured until then.\n');
  expect(text).toMatch(/ 64 +345,678 +232.3 +- +- +700,000 +2 {2}interrupted\n/);
  expect(tableText({ ...report, sizes: [], interrupted: true })).not.toContain('BYTES');
});

test('a virtual device has a speed in name only, and no line in the plot', () => {
  const virtual = { ...report, linkIsNominal: true };
  expect(tableText(virtual)).toContain('1000 Mb/s, in name only: a virtual device\n');
  expect(plotTexts(virtual, 'x.svg', 'x.dat', 'svg')?.script).not.toContain('fits on the wire');
  expect(plotTexts(report, 'x.svg', 'x.dat', 'svg')?.script).toContain('fits on the wire');
});

test('the data of the plot: a block for each curve, its numbers as measured', () => {
  const texts = plotTexts(report, '/some/where/a.svg', '/some/where/a.dat', 'svg');
  expect(texts?.data).toBe(`# frame size, throughput in frames a second, highest rate tried
64 345678 700000
1518 81274 81274


# frame size, frames a second that fit on the wire
64 1488095
1518 81274


# 64 bytes, 100 % is 700000 frames a second: percent of that, percent lost
100 50.04
90 0.0004
80 0


# 1518 bytes, 100 % is 81274 frames a second: percent of that, percent lost
100 0
90 0


# frame size, average latency in microseconds, lowest, 99th percentile
64 10.46 3.04 34.15


# frame size, longest burst without loss in frames (average), longest tried
64 1234 1400000
`);
  expect(texts?.script).toContain("set terminal svg size 900,1680 font 'DejaVu Sans,11'");
  // It is run where the files are.
  expect(texts?.script).toContain("set output 'a.svg'\n");
  expect(texts?.script).toMatch(/'a\.dat' index 5 using 1:2 with points/);
});

test('a plot shows what was measured, and names that need quotes', () => {
  const sizes = report.sizes.map(({ throughput: _, ...rest }) => rest);
  const texts = plotTexts({ ...report, sizes }, "it's.png", "it's.dat", 'png');
  expect(texts?.script).toContain('set terminal pngcairo size 900,1260 font');
  expect(texts?.script).toContain("set output 'it''s.png'");
  expect(texts?.script).toContain("'it''s.dat' index 0");
  expect(texts?.script).not.toContain('Throughput');
  expect(plotTexts({ ...report, sizes: [] }, 'a.svg', 'a.dat', 'svg')).toBeUndefined();
});

test('a line for each trial', () => {
  const trial = { ...counts, latencies: [], tagsSent: 0 };
  expect(trialLine(64, 'throughput', trial)).toBe(
    '64 bytes, throughput: 1000 frames/s offered, 2000 sent, 10 lost (0.50 %)',
  );
  expect(trialLine(64, 'x', { ...trial, received: 2000, duplicated: 1, reordered: 2, sinkLost: 3 })).toBe(
    '64 bytes, x: 1000 frames/s offered, 2000 sent, 0 lost, 1 duplicated, 2 reordered; not valid: 3 lost at the receiving socket',
  );
});

test('how long it will take, about', () => {
  const settings = { sizes: [64, 1518], trial: 60, burst: 2, settle: 2, rest: 5, lossStep: 10 };
  const repeat = { latency: 20, backToBack: 50 };
  const tests = ['throughput', 'latency', 'loss', 'back-to-back'] as const;
  expect(durationOf({ ...settings, repeat, tests: ['throughput'] })).toBe(2 * 12 * 67);
  expect(durationOf({ ...settings, repeat, tests: ['loss'] })).toBe(2 * 5 * 67);
  expect(durationOf({ ...settings, repeat, tests })).toBe(2 * (37 * 67 + 600 * 8));
  expect([0.2, 89, 90, 5399, 5400, 12_000].map(durationText)).toEqual([
    '1 s',
    '89 s',
    '2 min',
    '1 h 30 min',
    '1 h 30 min',
    '3 h 20 min',
  ]);
});
