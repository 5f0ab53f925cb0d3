// Group `rfc2544`: `trafgen rfc2544` through a Quipu bridge, again and again, beside the Linux bridge and a bare cable.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bridge } from './receivers/forwarders.js';
import { Cables } from './shared/cable.js';
import { Talker } from './shared/process.js';
import { begin, kilo, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';

const SIZES = [64, 1518];
const ROUNDS = 5;
const OPTIONS = ['--tests', 'throughput,latency', '--repeat', '1', '--trial', '2', '--settle', '0.2'];
const SEARCH = ['--rest', '0', '--resolution', '5', '--tries', '3'];

/**
 * @typedef {object} Device what is measured
 * @property {string} name
 * @property {readonly [string, string]} ends where it is measured
 * @property {(cables: Cables) => Promise<void>} start
 * @property {(cables: Cables) => Promise<unknown>} stop
 */

/** @returns {Device} */
function quipuBridge() {
  /** @type {Talker} */
  let talker;
  return {
    name: 'Quipu bridge',
    ends: ['v0', 'v3'],
    async start(cables) {
      const file = join(import.meta.dirname, 'rfc2544/quipu-bridge.js');
      talker = new Talker(cables.inside('middle', [process.execPath, file, 'v1', 'v2']));
      await talker.expect('ready');
    },
    stop: async () => talker.end('SIGTERM'),
  };
}

/** @returns {Device} */
function cable() {
  const nothing = async () => {};
  return { name: 'cable (veth)', ends: ['c0', 'c1'], start: nothing, stop: nothing };
}

export async function rfc2544() {
  const { write } = begin('rfc2544', 'RFC 2544 throughput and latency, measured by trafgen again and again');
  const devices = [
    { ...bridge('v1', 'v2'), ends: /** @type {const} */ (['v0', 'v3']) },
    quipuBridge(),
    cable(),
  ];
  const cables = new Cables();
  /** @type {import('../dist/traffic/rfc2544/report.js').Report[][]} */
  const reports = devices.map(() => []);
  try {
    cables.host('tester', 'middle');
    cables.join('tester', 'v0', 'middle', 'v1');
    cables.join('middle', 'v2', 'tester', 'v3');
    cables.join('tester', 'c0', 'tester', 'c1');
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < devices.length; turn++) {
        const who = (turn + round) % devices.length;
        reports[who].push(await measure(cables, devices[who]));
      }
    }
  } finally {
    cables.close();
  }
  const rows = devices.flatMap(({ name }, who) => {
    return SIZES.map((size, i) => rowOf(name, size, reports[who], reports[0], i));
  });
  printTable(
    [
      'device',
      'bytes',
      'kpps',
      'lowest',
      'highest',
      'spread',
      'within',
      'beside bridge',
      'limit',
      'latency µs',
      'p99',
      'trials',
    ],
    rows.map((row) => [
      row.device,
      row.size,
      kilo(row.rate.median),
      kilo(row.rate.low),
      kilo(row.rate.high),
      percent(row.spread),
      `±${percent(row.within)}`,
      row.besideBridge.toFixed(2),
      row.limits.join(', '),
      row.latency.median.toFixed(0),
      row.p99.median.toFixed(0),
      row.trials.median,
    ]),
  );
  write({ parameters: { rounds: ROUNDS, options: [...OPTIONS, ...SEARCH] }, rows });
  if (rows.some(({ converged }) => !converged)) process.exitCode = 1;
}

/** @param {Cables} cables @param {Pick<Device, 'ends' | 'start' | 'stop'>} device */
async function measure(cables, { ends: [from, to], start, stop }) {
  await start(cables);
  try {
    const tool = join(import.meta.dirname, '../dist/commands/trafgen/main.js');
    const words = [
      'rfc2544',
      '--json',
      '--from',
      from,
      '--to',
      to,
      '--sizes',
      SIZES.join(','),
      ...OPTIONS,
      ...SEARCH,
    ];
    const [file, ...args] = cables.inside('tester', [process.execPath, tool, ...words]);
    return JSON.parse((await promisify(execFile)(file, args)).stdout);
  } finally {
    await stop(cables);
  }
}

/**
 * @param {string} device @param {number} size
 * @param {readonly import('../dist/traffic/rfc2544/report.js').Report[]} reports
 * @param {readonly import('../dist/traffic/rfc2544/report.js').Report[]} bridges of the Linux bridge, in the same rounds
 * @param {number} at of the size in them
 */
function rowOf(device, size, reports, bridges, at) {
  const results = reports.map(({ sizes }) => sizes[at]);
  const throughputs = results.flatMap(({ throughput }) => throughput ?? []);
  const latencies = results.flatMap(({ latency }) => latency ?? []);
  const rate = summary(throughputs.map((one) => one.rate));
  return {
    device,
    size,
    rate,
    /** From the lowest to the highest, and how far the farthest is from the median. */
    spread: (rate.high - rate.low) / rate.median,
    within: Math.max(rate.high - rate.median, rate.median - rate.low) / rate.median,
    /** Rates of the same round, which other work on the machine disturbs least. */
    besideBridge: summary(reports.map((report, round) => rateOf(report, at) / rateOf(bridges[round], at)))
      .median,
    converged: throughputs.length === reports.length && throughputs.every((one) => one.converged),
    limits: [...new Set(throughputs.map((one) => one.limit))],
    latency: summary(latencies.map((one) => one.average)),
    p99: summary(latencies.map((one) => one.p99)),
    trials: summary(throughputs.map((one) => one.trials.length)),
  };
}

/** @param {import('../dist/traffic/rfc2544/report.js').Report} report @param {number} at of the size in it */
function rateOf({ sizes }, at) {
  return sizes[at].throughput?.rate ?? 0;
}

/** @param {number} fraction */
const percent = (fraction) => `${(fraction * 100).toFixed(0)} %`;
