// Frames of many flows come over a real link, go through the chain, and out by another: how many, and in what order.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../../dist/control/client.js';
import { Talker } from '../shared/process.js';
import { chain, check, FLOWS, rateOf } from './work.js';

/** @typedef {import('../shared/cable.js').Cables} Cables */

const TOOL = join(import.meta.dirname, '../../test/net/tools/many-flows.js');
const QUIPU = join(import.meta.dirname, '../../dist/commands/quipu/main.js');
/** Frames a second: more than one engine can do. */
export const OFFERED = 120_000;

/** @param {number} engines @param {Cables} cables */
export async function onWire(engines, cables) {
  const folder = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
  try {
    return await measure(cables, join(folder, 'socket'), engines);
  } finally {
    cables.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Cables} cables @param {string} socket @param {number} engines */
async function measure(cables, socket, engines) {
  cables.host('left', 'middle', 'right');
  cables.join('left', 'v0', 'middle', 'v1');
  cables.join('middle', 'v2', 'right', 'v3');
  const node = (/** @type {string} */ host, /** @type {string[]} */ ...args) =>
    new Talker(cables.inside(host, [process.execPath, ...args]), { QUIPU_SOCKET: socket });
  const daemon = node('middle', QUIPU, 'up', '--foreground', '--engines', `${engines}`);
  while (!(await daemon.line()).includes('core up and running')) {}
  const client = new ControlClient(socket);
  /** @type {import('./work.js').Ask} */
  const ask = (request) => client.request(request);
  const link = { kind: 'af-packet', device: 'v1' };
  await ask({
    op: 'transaction',
    actions: [
      ...chain(),
      { do: 'add', name: 'in', type: 'ethernet', config: { link, promiscuous: true, exclusive: true } },
      { do: 'add', name: 'out', type: 'ethernet', config: { link: 'v2', queue: 4096 } },
      { do: 'bind', upper: 'work0', lower: 'in' },
      { do: 'connect', from: 'count', port: 'ingress', to: 'out' },
    ],
  });
  const collector = node('right', TOOL, 'collect', 'v3', `${FLOWS}`);
  await collector.expect('ready');
  const sender = node('left', TOOL, 'send', 'v0', `${FLOWS}`, `${OFFERED}`, '02:00:00:00:00:99');
  await sender.expect('ready');
  const measured = await rateOf(ask, () => daemon.cpu());
  const said = sender.json();
  await sender.end('SIGTERM');
  const { sent } = await said;
  await sleep(300);
  const status = /** @type {import('./work.js').Status} */ (await ask({ op: 'status' }));
  check(status, /** @type {import('./work.js').BlockView[]} */ (await ask({ op: 'show-all' })));
  const last = collector.json();
  await collector.end('SIGTERM');
  const { received, reordered, lost } = await last;
  const onWire = sent - cables.counter('left', 'v0', 'tx_dropped');
  const arrived = received + lost + cables.counter('middle', 'v2', 'tx_dropped');
  const { totals } = status;
  const unaccounted = onWire - totals.in + (totals.out - arrived);
  await client.down();
  return { ...measured, sent: onWire, out: totals.out, dropped: totals.dropped, reordered, unaccounted };
}
