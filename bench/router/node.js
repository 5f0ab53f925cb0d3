// node node.js: the router of examples/ip-router.yaml in a node of its own, between "start" and "stop" on its standard
// input. The devices are eth0 and eth1 and have the MAC addresses of the example.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kindsOf } from '../../dist/control/graph-check.js';
import { parseGraphFile } from '../../dist/control/graph-file.js';
import { catalogue, startNode } from '../../dist/index.js';

const text = readFileSync(join(import.meta.dirname, '../../examples/ip-router.yaml'), 'utf8');
const graph = parseGraphFile(text, 'ip-router.yaml', kindsOf(catalogue));
const node = await startNode();

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'start') {
    await node.request({ op: 'apply', graph });
    console.log('ready');
  } else {
    const routed = (await node.show('rt')).counters.packets;
    await node.request({ op: 'apply', graph: { quipu: 1, blocks: {}, bindings: [], subscriptions: [] } });
    const { totals, drops } = await node.status();
    /** @type {Record<string, number>} Since the node began. */
    const lost = {};
    for (const { reason, count } of drops) lost[reason] = (lost[reason] ?? 0) + count;
    console.log(JSON.stringify({ routed, totals, lost }));
  }
}
await node.close();
