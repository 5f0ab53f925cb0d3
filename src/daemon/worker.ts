import { parentPort, workerData } from 'node:worker_threads';
import { EngineThread } from './engine-thread.js';
import type { WorkerSetup } from './messages.js';

// The engine's thread: see engine-thread.ts. It ends when the main thread asks it to close.
if (parentPort === null) throw new Error('worker.js is the entry of a worker thread');
new EngineThread(parentPort, workerData as WorkerSetup).run();
parentPort.close();
