import { parentPort, workerData } from 'node:worker_threads';
import { EngineThread } from './engine-thread.js';
import type { WorkerSetup } from './messages.js';

// The engine's thread: see engine-thread.ts. It ends when the main thread asks it to close.
if (parentPort === null) throw new Error('worker.js is the entry of a worker thread');
const setup = workerData as WorkerSetup;
// What only several engines need costs one alone no time at the start.
const place =
  setup.node === undefined
    ? null
    : (await import('./place.js')).placeOf(setup.node.number, setup.node.memory);
new EngineThread(parentPort, setup, place).run();
parentPort.close();
