// node model.js MODEL DEVICE: receives and drops in one of the ways in which an engine can be driven (models.js). Takes
// the commands of node.js.

import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { drive } from './drive.js';
import { models } from './models.js';
import { threads } from './threads.js';

const [name, device] = process.argv.slice(2);

if (!isMainThread) {
  const { model, on, shared } = workerData;
  drive(models[model], on, new Float64Array(shared), (last) => parentPort?.postMessage(last));
} else {
  const shared = new Float64Array(new SharedArrayBuffer(8 * 8));
  /** @type {Promise<unknown>} */
  let ended = Promise.resolve();
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'chain 1') {
      shared.fill(0);
      ended = new Promise((resolve, reject) => {
        if (models[name].inMainThread) drive(models[name], device, shared, resolve);
        else
          new Worker(new URL(import.meta.url), {
            workerData: { model: name, on: device, shared: shared.buffer },
          })
            .once('message', resolve)
            .once('error', reject);
      });
      while (shared[3] === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log('ready');
    } else if (line === 'chain 0') {
      shared[4] = 1;
      console.log(JSON.stringify(await ended));
    } else {
      const [entered, consumed, dropped] = shared;
      const totals = { in: entered, consumed, dropped };
      console.log(JSON.stringify({ totals, micros: performance.now() * 1000, threads: threads() }));
    }
  }
}
