// node quipu-forward.js A B IO: a node that hands the frames of each of two devices to the other between "start" and
// "stop" on its standard input.

import { createInterface } from 'node:readline';
import { startNode } from '../../dist/index.js';

const [a, b, io] = process.argv.slice(2);
const node = await startNode();

/** @param {string} device */
const link = (device) => ({
  do: /** @type {const} */ ('add'),
  name: device,
  type: 'ethernet',
  config: { link: { kind: 'af-packet', device, io }, promiscuous: true, exclusive: true },
});

/** Frames lost since the node began, by reason. */
async function losses() {
  /** @type {Record<string, number>} */
  const by = {};
  for (const { reason, count } of (await node.status()).drops) by[reason] = (by[reason] ?? 0) + count;
  return by;
}

/** @type {Record<string, number>} */
let before = {};
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'start') {
    before = await losses();
    await node.transaction([
      link(a),
      link(b),
      { do: 'connect', from: a, port: 'ingress', to: b },
      { do: 'connect', from: b, port: 'ingress', to: a },
    ]);
    console.log('ready');
  } else {
    for (const name of [a, b]) await node.transaction([{ do: 'rm', name, mode: 'force' }]);
    const now = Object.entries(await losses());
    const lost = Object.fromEntries(now.map(([reason, count]) => [reason, count - (before[reason] ?? 0)]));
    console.log(JSON.stringify({ lost }));
  }
}
await node.close();
