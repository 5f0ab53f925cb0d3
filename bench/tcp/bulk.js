// node [--cpu-prof] bench/tcp/bulk.js [--kind tun|tap] [--offload] [--direction down|up] [--seconds 3] [--warm 1]
//
// One flow between a Quipu host and Linux, over a device between them in a namespace made for it (root). With --cpu-prof
// there are two profiles: the larger one is the host's. `down` is to the host.

import { parseArgs } from 'node:util';
import { Cables } from '../shared/cable.js';
import { printTable } from '../shared/report.js';
import { LINUX, makeStations, SINK, SOURCE, startPeer, startQuipuApp } from './stations.js';

/**
 * What of it counts is counted by whoever receives.
 * @typedef {object} Flow
 * @property {number} rate bits a second @property {number} cpu of the program, of one core
 * @property {Record<string, number>} drops
 */

/**
 * A flow between a program and a peer of Linux's.
 * @param {Awaited<ReturnType<typeof startQuipuApp>>} app @param {import('../shared/process.js').Talker} peer
 * @param {string} address the peer's @param {'down' | 'up'} direction @param {number} warm @param {number} seconds
 * @returns {Promise<Flow>}
 */
export async function measureFlow(app, peer, address, direction, warm, seconds) {
  const port = direction === 'down' ? SOURCE : SINK;
  const own = await app.ask('bulk', direction, address, port, warm, seconds);
  const arrived = direction === 'down' ? own : await peer.json();
  if (arrived.bytes === 0) throw new Error(`nothing arrived: ${JSON.stringify(arrived)}`);
  return {
    rate: (8 * arrived.bytes) / arrived.seconds,
    cpu: own.cpu / own.seconds,
    drops: own.drops,
  };
}

/** @param {number} rate bits a second */
export const gigabits = (rate) => (rate / 1e9).toFixed(2);

async function main() {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', default: 'tun' },
      offload: { type: 'boolean', default: false },
      direction: { type: 'string', default: 'down' },
      seconds: { type: 'string', default: '3' },
      warm: { type: 'string', default: '1' },
    },
  });
  const { kind, offload } = values;
  const [warm, seconds] = [Number(values.warm), Number(values.seconds)];
  const direction = values.direction === 'up' ? 'up' : 'down';
  const cables = new Cables();
  try {
    makeStations(cables);
    const peer = await startPeer(cables, 'middle', warm, seconds);
    const app = await startQuipuApp(cables, { kind, offload });
    const { rate, cpu, drops } = await measureFlow(app, peer, LINUX, direction, warm, seconds);
    await app.end();
    const name = `${kind}${offload ? ' with offload' : ''}, ${direction}`;
    printTable(['flow', 'Gbit/s', 'CPU'], [[name, gigabits(rate), cpu.toFixed(2)]]);
    for (const [reason, count] of Object.entries(drops)) console.log(`  ${count} dropped: ${reason}`);
  } finally {
    cables.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  await main();
}
