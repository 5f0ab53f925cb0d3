import { Worker } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';
import type { TransmitWay } from './generator.js';
import { SHARED_BYTES, SharedFigures } from './shared-figures.js';
import type { WorkerNotice, WorkerSetup } from './worker-setup.js';

/** The other threads' end of a worker. */
export class WorkerThread {
  /** Fulfilled when it only waits for `go`; rejected with a QuipuError. */
  readonly ready: Promise<void>;
  /** Fulfilled when it has sent all or was stopped, and its thread has ended; rejected with a QuipuError when it failed. */
  readonly ended: Promise<void>;
  readonly shared: SharedFigures;
  readonly cpu: number | null;
  way: Exclude<TransmitWay, 'auto'> = 'packet';

  constructor(setup: Omit<WorkerSetup, 'shared'>) {
    const memory = new SharedArrayBuffer(SHARED_BYTES);
    this.shared = new SharedFigures(memory);
    this.cpu = setup.cpu;
    const workerData: WorkerSetup = { ...setup, shared: memory };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
    let failure: Error | null = null;
    let hasEnded = false;
    this.ended = new Promise((resolve, reject) => {
      worker.on('error', (error) => {
        failure = error;
      });
      worker.on('exit', () => {
        if (failure !== null) reject(failure);
        else if (hasEnded) resolve();
        else reject(new Error('a worker of the generator has ended without a word'));
      });
    });
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (notice: WorkerNotice) => {
        if (notice.type === 'ready') this.way = notice.way;
        if (notice.type === 'failed') failure = new QuipuError(notice.code, notice.message);
        if (notice.type === 'ended') hasEnded = true;
        if (notice.type === 'ready') resolve();
      });
      this.ended.then(resolve, reject);
    });
    // Who waits for them hears of it; one who does not, need not.
    this.ready.catch(() => {});
    this.ended.catch(() => {});
  }

  go(): void {
    this.shared.go();
  }

  /** Safe to call twice, and before `go`. */
  stop(): void {
    this.shared.stop();
  }
}
