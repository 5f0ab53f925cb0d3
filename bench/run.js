// npm run bench [-- GROUP ...]: measures the groups named, or all. See README.md.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { blocks } from './blocks.js';
import { chain } from './chain.js';
import { engines } from './engines.js';
import { fairness } from './fairness.js';
import { filter } from './filter.js';
import { forward } from './forward.js';
import { growth } from './growth.js';
import { memory } from './memory.js';
import { receive } from './receive.js';
import { retie } from './retie.js';
import { rfc2544 } from './rfc2544.js';
import { router } from './router.js';
import { whyNot } from './shared/cable.js';
import { socket } from './socket.js';
import { sweep } from './sweep.js';
import { tcp } from './tcp.js';
import { trafgen } from './trafgen.js';
import { wake } from './wake.js';

/** @type {Record<string, { run(): Promise<void>, onWire: boolean }>} */
const groups = {
  chain: { run: chain, onWire: false },
  router: { run: router, onWire: false },
  blocks: { run: blocks, onWire: false },
  filter: { run: filter, onWire: false },
  receive: { run: receive, onWire: true },
  forward: { run: forward, onWire: true },
  socket: { run: socket, onWire: true },
  retie: { run: retie, onWire: false },
  engines: { run: engines, onWire: false },
  memory: { run: memory, onWire: false },
  growth: { run: growth, onWire: false },
  sweep: { run: sweep, onWire: true },
  rfc2544: { run: rfc2544, onWire: true },
  trafgen: { run: trafgen, onWire: true },
  tcp: { run: tcp, onWire: true },
  fairness: { run: fairness, onWire: true },
  wake: { run: wake, onWire: false },
};

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130)); // cables go on 'exit'

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`unknown group ${unknown.join(', ')}: there are ${Object.keys(groups).join(', ')}`);
  process.exit(2);
}
if (!existsSync(join(import.meta.dirname, '../dist/index.js'))) {
  console.error('dist/ is not there: npm run build');
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  const obstacle = groups[name].onWire ? whyNot() : undefined;
  if (obstacle === undefined) await groups[name].run();
  else console.log(`\n${name}: left out, ${obstacle}`);
}
