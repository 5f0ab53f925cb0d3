import { Worker } from 'node:worker_threads';
import { QuipuError } from '../../contract/error.js';
import { removeSocketFile } from '../../control/server-socket.js';
import type { HostNotice, HostSetup } from './host-setup.js';

/**
 * How long a thread may take to end by itself, in milliseconds. Long, since to end it from here is dangerous: where one of its
 * descriptors becomes ready meanwhile, koffi calls into a thread that may not run any more, and the whole process aborts.
 */
const END_LIMIT = 30_000;

/** The main thread's end of one host's thread. */
export class RunningHost {
  /** Resolves when the host is up and its control socket there. Rejects with QuipuError: why it is not. */
  readonly ready: Promise<void>;
  /** The thread has ended; with the error of which it died. */
  readonly ended: Promise<Error | null>;
  readonly setup: HostSetup;
  readonly startedAt: number;
  private readonly worker: Worker;

  /**
   * `now` in milliseconds. `part` is called when the thread has ended, and must not reject; `entry` is what the thread runs.
   */
  constructor(
    setup: HostSetup,
    now: number,
    part: () => Promise<void>,
    entry = new URL('./host-worker.js', import.meta.url),
  ) {
    this.setup = setup;
    this.startedAt = now;
    this.worker = new Worker(entry, { workerData: setup });
    let death: Error | null = null;
    this.ended = new Promise((resolve) => {
      this.worker.on('error', (error) => {
        death = error;
      });
      this.worker.once('exit', () => {
        removeSocketFile(setup.socket); // it is there still when the thread died
        void part().then(() => resolve(death));
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.worker.once('message', (notice: HostNotice) => {
        if (notice.type === 'ready') resolve();
        else reject(new QuipuError(notice.code, notice.message));
      });
      void this.ended.then((error) => {
        const why = error === null ? '' : `: ${error.stack ?? error.message}`;
        reject(new QuipuError('internal', `the thread of host ${setup.config.name} has ended${why}`));
      });
    });
    this.ready.catch(() => {}); // whoever starts it waits for it; who only stops it need not
  }

  /** Closes the host and ends its thread. */
  async stop(): Promise<void> {
    this.worker.postMessage('close');
    const timer = setTimeout(() => void this.worker.terminate(), END_LIMIT);
    await this.ended;
    clearTimeout(timer);
  }
}
