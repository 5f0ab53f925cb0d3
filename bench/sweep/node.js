// node node.js DEVICE: a node that drops what comes by a device behind a chain of `forward` blocks. Commands on its
// standard input: "chain N" makes the chain so long (0: nothing is left), "read" answers what has happened so far.

import { createInterface } from 'node:readline';
import { startNode } from '../../dist/index.js';
import { threads } from './threads.js';

const [device] = process.argv.slice(2);
const node = await startNode();

/** @param {number} length */
function graph(length) {
  if (length === 0) return { quipu: /** @type {const} */ (1), blocks: {}, bindings: [], subscriptions: [] };
  const names = Array.from({ length }, (_, i) => `b${i}`);
  const way = ['link', ...names, 'end'];
  return {
    quipu: /** @type {const} */ (1),
    blocks: {
      link: { type: 'ethernet', config: { link: { kind: 'af-packet', device }, promiscuous: true } },
      end: { type: 'discard', config: {} },
      ...Object.fromEntries(names.map((name) => [name, { type: 'forward', config: {} }])),
    },
    bindings: way.slice(1).map((to, i) => `${way[i]}:ingress -> ${to}`),
    subscriptions: [],
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = line.split(' ');
  if (command === 'chain') {
    await node.request({ op: 'apply', graph: graph(Number(argument)) });
    console.log('ready');
  } else {
    const { totals } = await node.status();
    console.log(JSON.stringify({ totals, micros: performance.now() * 1000, threads: threads() }));
  }
}
await node.close();
