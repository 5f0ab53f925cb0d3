// How far apart paced frames arrive, by the kernel's times at the other end of the cable.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../shared/statistics.js';

/** The kernel hands a part of the ring that is not full to tcpdump after a second. */
const SETTLE_MS = 1500;
/** Points of a plotted curve. */
const POINTS = 400;

/**
 * @param {import('../shared/cable.js').Cables} cables
 * @param {import('./senders.js').TrafficSender} sender that sends `count` frames
 * @param {number} ideal microseconds from frame to frame @param {number} count
 */
export async function measureGaps(cables, sender, ideal, count) {
  const folder = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
  try {
    const times = await arrivals(cables, sender, join(folder, 'arrivals.pcap'));
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    return {
      sender: sender.name,
      rate: (gaps.length * 1e6) / (times[times.length - 1] - times[0]),
      gaps: percentiles(gaps),
      late: percentiles(lateness(times, ideal)),
      lost: count - times.length,
      curve: curve(gaps),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Arrivals in microseconds. The capture runs on CPU 1, the senders pin themselves to CPU 0.
 * @param {import('../shared/cable.js').Cables} cables
 * @param {import('./senders.js').TrafficSender} sender @param {string} file
 */
async function arrivals(cables, sender, file) {
  const { PcapReader } = await import('../../dist/wire/pcap.js');
  const tcpdump = [
    'taskset',
    '-c',
    '1',
    'tcpdump',
    '-i',
    'v1',
    '-n',
    '-s',
    '64',
    '-B',
    '32768',
    '--nano',
    '-w',
    file,
  ];
  const capture = start(cables.inside('right', tcpdump));
  await new Promise((resolve, reject) => {
    capture.child.stderr.on('data', (text) => {
      if (String(text).includes('listening on')) resolve(undefined);
    });
    capture.ended.then(() => reject(new Error('tcpdump does not run: apt-get install tcpdump')));
  });
  const code = await start(cables.inside('left', sender.command('v0'))).ended;
  if (code !== 0) throw new Error(`${sender.name} ended with ${code}`);
  await sleep(SETTLE_MS);
  capture.child.kill('SIGINT');
  await capture.ended;
  const reader = new PcapReader();
  reader.push(readFileSync(file));
  const times = [];
  let origin;
  for (let record = reader.next(); record !== null; record = reader.next()) {
    origin ??= record.seconds;
    times.push((record.seconds - origin) * 1e6 + record.nanoseconds / 1000);
  }
  return times;
}

/** @param {readonly string[]} command */
function start([file, ...args]) {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.resume();
  return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
}

/**
 * How much later each frame came than on a schedule without fault, whose beginning is set so that none came early.
 * @param {readonly number[]} times @param {number} ideal
 */
function lateness(times, ideal) {
  const shifts = times.map((time, i) => time - i * ideal);
  const least = shifts.reduce((low, shift) => Math.min(low, shift), Number.POSITIVE_INFINITY);
  return shifts.map((shift) => shift - least);
}

/** @param {readonly number[]} values */
function percentiles(values) {
  const at = (/** @type {number} */ fraction) => percentile(values, fraction);
  return { p1: at(0.01), p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), most: at(1) };
}

/** Points of the distribution: a gap, and how many are shorter. @param {readonly number[]} gaps */
function curve(gaps) {
  const sorted = [...gaps].sort((a, b) => a - b);
  return Array.from({ length: POINTS + 1 }, (_, i) => {
    const at = Math.min(sorted.length - 1, Math.floor((i / POINTS) * sorted.length));
    return /** @type {const} */ ([Math.max(0.1, sorted[at]), (100 * i) / POINTS]);
  });
}

/**
 * @param {readonly { sender: string, curve: readonly (readonly [number, number])[] }[]} rows
 * @param {number} ideal
 * @returns {import('../../scripts/plots/gnuplot.js').Plot}
 */
export function gapPlot(rows, ideal) {
  return {
    title: 'Gaps between packets sent at 20,000 a second, as the other end of a veth pair sees them',
    x: 'microseconds from packet to packet',
    y: 'per cent of the gaps that are not longer',
    more: [
      'set logscale x',
      'set xrange [0.5:2000]',
      'set yrange [0:100]',
      'set key at graph 0.98,0.45 right',
      `set arrow from ${ideal},0 to ${ideal},100 nohead dt 2`,
    ],
    series: rows.map(({ sender, curve: points }) => ({
      rows: points,
      style: 'using 1:2 with steps lw 2',
      title: sender,
    })),
  };
}
