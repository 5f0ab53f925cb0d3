// One flow, in both directions: Quipu to Linux by every device, beside kernel to kernel.

import { Talker } from '../shared/process.js';
import { printTable } from '../shared/report.js';
import { summary } from '../shared/statistics.js';
import { gigabits, measureFlow } from './bulk.js';
import {
  LINUX,
  peerCommand,
  RIGHT,
  SINK,
  SOURCE,
  startNodeApp,
  startPeer,
  startQuipuApp,
} from './stations.js';

/** @typedef {import('../shared/cable.js').Cables} Cables */
/** @typedef {import('./bulk.js').Flow} Flow */
/** @typedef {'down' | 'up'} Direction */
/** @typedef {{ name: string, run: (direction: Direction) => Promise<Partial<Flow> & { rate: number }> }} Contestant */

const DIRECTIONS = /** @type {const} */ (['down', 'up']);
const DEVICES = [
  { kind: 'tun', offload: true },
  { kind: 'tun', offload: false },
  { kind: 'tap', offload: true },
  { kind: 'tap', offload: false },
];

/**
 * All by turns, each round beginning with another. `down` is to the one who is measured.
 * @param {Cables} cables @param {import('../tcp.js').Plan} plan
 */
export async function throughputRows(cables, { rounds, warm, seconds }) {
  const [right, middle] = [
    await startPeer(cables, 'right', warm, seconds),
    await startPeer(cables, 'middle', warm, seconds),
  ];
  const left = await startNodeApp(cables, 'left');
  const iperf = await startIperf(cables);
  /** @type {Contestant[]} */
  const contestants = [
    { name: 'kernel to kernel (iperf3)', run: (direction) => iperf3(cables, direction, warm, seconds) },
    {
      name: 'kernel to kernel (the peer of the others)',
      run: (direction) => control(cables, right, direction, warm, seconds),
    },
    {
      name: 'Node’s net to kernel',
      run: (direction) => measureFlow(left, right, RIGHT, direction, warm, seconds),
    },
    ...DEVICES.map((device) => ({
      name: `Quipu to kernel, ${device.kind}${device.offload ? ' with offload' : ''}`,
      run: async (/** @type {Direction} */ direction) => {
        const app = await startQuipuApp(cables, device);
        const flow = await measureFlow(app, middle, LINUX, direction, warm, seconds);
        await app.end();
        return flow;
      },
    })),
  ];
  const runs = contestants.map(() => ({
    down: /** @type {Awaited<ReturnType<Contestant['run']>>[]} */ ([]),
    up: /** @type {Awaited<ReturnType<Contestant['run']>>[]} */ ([]),
  }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const who = (turn + round) % contestants.length;
      for (const direction of DIRECTIONS) {
        runs[who][direction].push(await contestants[who].run(direction));
      }
    }
  }
  await left.end();
  for (const talker of [right, middle, iperf]) await talker.end('SIGKILL');
  const rows = contestants.flatMap(({ name }, who) =>
    DIRECTIONS.map((direction) => {
      const own = runs[who][direction];
      const reference = runs[0][direction];
      return {
        name,
        direction,
        rate: summary(own.map(({ rate }) => rate)),
        besideKernel: summary(own.map(({ rate }, round) => rate / reference[round].rate)).median,
        cpu: own[0].cpu === undefined ? null : summary(own.map(({ cpu }) => cpu ?? 0)).median,
        drops: Math.max(...own.map(({ drops }) => sum(drops))),
      };
    }),
  );
  printTable(
    ['one flow', 'direction', 'Gbit/s', 'lowest', 'highest', 'beside kernel', 'CPU', 'lost'],
    rows.map(({ name, direction, rate, besideKernel, cpu, drops }) => [
      ...[name, direction, gigabits(rate.median), gigabits(rate.low), gigabits(rate.high)],
      ...[besideKernel.toFixed(2), cpu === null ? '' : `${(100 * cpu).toFixed(0)} %`, drops],
    ]),
  );
  return rows;
}

/** @param {Record<string, number>} [counts] */
const sum = (counts = {}) => Object.values(counts).reduce((all, count) => all + count, 0);

/** @param {Cables} cables */
async function startIperf(cables) {
  const server = new Talker(cables.inside('right', ['iperf3', '-s', '--forceflush']));
  for (;;) {
    const line = await server.line();
    if (line.includes('Server listening')) return server;
    if (line.startsWith('ended')) throw new Error(`iperf3 does not run (apt-get install iperf3): ${line}`);
  }
}

/** @param {Cables} cables @param {Direction} direction @param {number} warm @param {number} seconds */
async function iperf3(cables, direction, warm, seconds) {
  const words = ['-c', RIGHT, '-J', '-C', 'cubic', '-O', String(warm), '-t', String(seconds)];
  const client = cables.inside('left', ['iperf3', ...words, ...(direction === 'down' ? ['-R'] : [])]);
  const talker = new Talker(client);
  let text = '';
  for (let line = await talker.line(); !line.startsWith('ended'); line = await talker.line()) text += line;
  return { rate: Number(JSON.parse(text).end.sum_received.bits_per_second) };
}

/**
 * The peer with itself: what it does not limit.
 * @param {Cables} cables @param {Talker} server @param {Direction} direction @param {number} warm @param {number} seconds
 */
async function control(cables, server, direction, warm, seconds) {
  const port = String(direction === 'down' ? SOURCE : SINK);
  const words = peerCommand('call', RIGHT, port, String(warm), String(seconds));
  const client = new Talker(cables.inside('left', words));
  const { bytes, seconds: lasted } = await (direction === 'down' ? client : server).json();
  await client.ended;
  return { rate: (8 * bytes) / lasted };
}
