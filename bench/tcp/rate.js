// Connections a second, made and closed: Quipu as client and as server, beside Node's own sockets.

import { printTable } from '../shared/report.js';
import { summary } from '../shared/statistics.js';
import { LINUX, QUIPU, RIGHT, startNodeApp, startQuipuApp } from './stations.js';

const PORT = 6001;
const DEVICE = { kind: 'tun', offload: true };

/** @param {import('../shared/cable.js').Cables} cables @param {import('../tcp.js').Plan} plan */
export async function connectionRows(cables, { rounds, warm, seconds, callers }) {
  const left = await startNodeApp(cables, 'left');
  const right = await startNodeApp(cables, 'right');
  const linux = await startNodeApp(cables, 'middle');
  const quipu = await startQuipuApp(cables, DEVICE);
  for (const server of [right, linux, quipu]) await server.ask('serve', 'close', PORT);
  const calls = (/** @type {typeof left} */ client, /** @type {string} */ to) =>
    client.ask('calls', to, PORT, callers, warm, seconds);
  const contestants = [
    { name: 'Node’s net to Node’s net', run: () => calls(left, RIGHT) },
    { name: 'Quipu calls Node’s net', run: () => calls(quipu, LINUX) },
    { name: 'Node’s net calls Quipu', run: () => calls(linux, QUIPU) },
  ];
  const runs = contestants.map(() => /** @type {{ rate: number, failed: number }[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const who = (turn + round) % contestants.length;
      const { connections, failed, seconds: lasted } = await contestants[who].run();
      runs[who].push({ rate: connections / lasted, failed });
    }
  }
  for (const app of [left, right, linux, quipu]) await app.end();
  const rows = contestants.map(({ name }, who) => ({
    name,
    rate: summary(runs[who].map(({ rate }) => rate)),
    besideNode: summary(runs[who].map(({ rate }, round) => rate / runs[0][round].rate)).median,
    failed: runs[who].reduce((all, { failed }) => all + failed, 0),
  }));
  printTable(
    ['connections made and closed', 'thousands/s', 'lowest', 'highest', 'beside Node', 'failed'],
    rows.map(({ name, rate, besideNode, failed }) => [
      ...[name, ...[rate.median, rate.low, rate.high].map((number) => (number / 1000).toFixed(2))],
      ...[besideNode.toFixed(2), failed],
    ]),
  );
  return rows;
}
