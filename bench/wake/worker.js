// The busy worker: pushes frames at their times and wakes the reader when it sleeps. Never idle, as an engine under load.

import { parentPort, workerData } from 'node:worker_threads';
import { RingWriter } from '../../dist/links/shared/ring.js';
import { wakers } from './way.js';

/** @type {{ way: string, shared: import('./way.js').Shared, ring: SharedArrayBuffer, start: bigint, count: number, gap: number, burst: number }} */
const { way, shared, ring, start, count, gap, burst } = workerData;
const writer = new RingWriter(ring);
const wake = wakers[way](shared);
const frame = new Uint8Array(60);
const now = () => Number(process.hrtime.bigint() - start);

/** What wake-ups cost this thread, in nanoseconds. @type {number[]} */
const costs = [];
const first = now() + 50e6;
let sent = 0;
while (sent < count) {
  const at = first + (sent / burst) * gap;
  while (now() < at);
  for (let i = 0; i < burst; i++, sent++) {
    writer.pushBytes(frame, now());
    if (!writer.publish()) continue;
    const before = now();
    wake();
    costs.push(now() - before);
  }
}
parentPort?.postMessage({ type: 'sent', costs, overflow: writer.overflow });
