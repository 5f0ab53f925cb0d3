// Re-ties a daemon on real links, over its control socket, and numbers every frame from end to end.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../../dist/control/client.js';
import { Cables } from '../shared/cable.js';
import { Talker } from '../shared/process.js';
import { graph, Pauses, step } from './steps.js';

const RATE = 50_000;
const TOOLS = join(import.meta.dirname, '../../test/net/tools');
const QUIPU = join(import.meta.dirname, '../../dist/commands/quipu/main.js');

/** @param {number} transactions @returns {Promise<import('../retie.js').Outcome>} */
export async function retieOnWire(transactions) {
  const cables = new Cables();
  const folder = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
  try {
    return await measure(cables, join(folder, 'socket'), transactions);
  } finally {
    cables.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Cables} cables @param {string} socket @param {number} transactions */
async function measure(cables, socket, transactions) {
  cables.host('left', 'middle', 'right');
  cables.join('left', 'v0', 'middle', 'v1');
  cables.join('middle', 'v2', 'right', 'v3');
  const node = (/** @type {string} */ host, /** @type {string[]} */ ...args) =>
    new Talker(cables.inside(host, [process.execPath, ...args]), { QUIPU_SOCKET: socket });
  const daemon = node('middle', QUIPU, 'up', '--foreground');
  while (!(await daemon.line()).includes('core up and running')) {}
  const client = new ControlClient(socket);
  const change = (/** @type {import('./steps.js').Action[]} */ actions) =>
    client.request({ op: 'transaction', actions });
  await change(graph({ kind: 'af-packet', device: 'v1' }, { kind: 'af-packet', device: 'v2' }));

  const collector = node('right', join(TOOLS, 'collect.js'), 'v3', 'raw');
  await collector.expect('ready');
  const sender = node(
    'left',
    join(TOOLS, 'flood.js'),
    'v0',
    'raw',
    '64',
    '0',
    String(RATE),
    '02:00:00:00:00:99',
  );
  await sleep(500); // warm
  const pauses = new Pauses();
  const asked = new Pauses();
  for (let i = 0; i < transactions; i++) {
    const { kind, actions } = step(i);
    const start = performance.now();
    await change(actions);
    pauses.note(kind, start);
    if (i % 5 !== 0) continue;
    const startAsking = performance.now();
    await client.request({ op: 'status' });
    asked.note('status', startAsking);
  }
  await sender.end('SIGTERM');
  const { sent } = await sender.json();
  await sleep(200);
  await collector.end('SIGTERM');
  const { received, reordered, lost } = await collector.json();
  const { drops } = /** @type {import('../../dist/index.js').NodeStatus} */ (
    await client.request({ op: 'status' })
  );
  // Where they were lost, if any were: at a device, or by the node, which names the reason.
  const reasons = Object.fromEntries([
    ...drops.map(({ block, reason, count }) => [`${block} ${reason}`, count]),
    ['collector ring-loss', lost],
    ['v0 tx_dropped', cables.counter('left', 'v0', 'tx_dropped')],
    ['v2 tx_dropped', cables.counter('middle', 'v2', 'tx_dropped')],
  ]);
  await client.down();
  await daemon.ended;
  const frames = { sent, received, lost: sent - received, reordered, reasons };
  return {
    place: 'on veth, at the client',
    pauses: pauses.byKind,
    request: asked.byKind.get('status') ?? [],
    frames,
  };
}
