// How long a request of node:http takes over a connection that is kept.

import { printTable } from '../shared/report.js';
import { summary } from '../shared/statistics.js';
import { LINUX, QUIPU, RIGHT, startNodeApp, startQuipuApp } from './stations.js';

const PORT = 6002;
const DEVICE = { kind: 'tun', offload: true };

/** @typedef {{ p50: number, p99: number, requests: number, late?: number }} Times microseconds; `late`: p50 of how late they were sent */

/** @param {import('../shared/cable.js').Cables} cables @param {import('../tcp.js').Plan} plan */
export async function latencyRows(cables, { rounds, warm, seconds, requestRate }) {
  const left = await startNodeApp(cables, 'left');
  const right = await startNodeApp(cables, 'right');
  const linux = await startNodeApp(cables, 'middle');
  const quipu = await startQuipuApp(cables, DEVICE);
  for (const server of [right, linux, quipu]) await server.ask('serve', 'http', PORT);
  const contestants = [0, requestRate].flatMap((rate) => {
    const ask = (/** @type {typeof left} */ client, /** @type {string} */ to) =>
      client.ask('requests', to, PORT, rate, warm, seconds);
    return [
      { name: 'Node’s net to Node’s net', rate, run: () => ask(left, RIGHT) },
      { name: 'Quipu asks Node’s net', rate, run: () => ask(quipu, LINUX) },
      { name: 'Node’s net asks Quipu', rate, run: () => ask(linux, QUIPU) },
    ];
  });
  const runs = contestants.map(() => /** @type {Times[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const who = (turn + round) % contestants.length;
      runs[who].push(await contestants[who].run());
    }
  }
  for (const app of [left, right, linux, quipu]) await app.end();
  const rows = contestants.map(({ name, rate }, who) => ({
    name,
    rate: rate === 0 ? 'one at a time' : `${rate}/s`,
    p50: summary(runs[who].map(({ p50 }) => p50)),
    p99: summary(runs[who].map(({ p99 }) => p99)),
    late: rate === 0 ? null : summary(runs[who].map(({ late }) => late ?? 0)).median,
    requests: summary(runs[who].map(({ requests }) => requests)).median,
  }));
  printTable(
    [
      'requests of node:http',
      'at',
      'p50 µs',
      'p99 µs',
      'lowest p99',
      'highest p99',
      'sent late p50',
      'requests',
    ],
    rows.map(({ name, rate, p50, p99, late, requests }) => [
      ...[name, rate, ...[p50.median, p99.median, p99.low, p99.high].map((number) => number.toFixed(0))],
      ...[late === null ? '' : late.toFixed(0), requests],
    ]),
  );
  return rows;
}
