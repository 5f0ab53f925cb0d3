import { parentPort, workerData } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';
import { runWorker } from './run-worker.js';
import type { WorkerNotice, WorkerSetup } from './worker-setup.js';

// One thread of a traffic generator: see run-worker.ts. It does not come back to the event loop before it ends.
if (parentPort === null) throw new Error('worker.js is the entry of a worker thread');
const port = parentPort;
const say = (notice: WorkerNotice) => port.postMessage(notice);
try {
  runWorker(workerData as WorkerSetup, (way) => say({ type: 'ready', way }));
  say({ type: 'ended' });
} catch (error) {
  if (!(error instanceof QuipuError)) throw error;
  say({ type: 'failed', code: error.code, message: error.message });
}
