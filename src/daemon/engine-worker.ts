import { Worker } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';
import { ringDoorbell } from '../linux/doorbell.js';
import type { Call, Notice, Refusal, Reply, WorkerSetup } from './messages.js';

/** A call without the number that the worker gives it. */
export type CallBody = Call extends infer C ? (C extends { id: number } ? Omit<C, 'id'> : never) : never;

export interface WorkerListener {
  /** What the engine's thread says unasked. */
  notice(notice: Exclude<Notice, { type: 'ready' }>): void;
  /** The thread died of an error, or ended while somebody waited for its answer. */
  death(error: Error): void;
}

/** One engine, in a thread of its own or in this one, as its handle sees it. */
export interface EngineEnd {
  /** Resolves when it takes calls. */
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  /** Of an engine in a thread of its own. */
  readonly doorbell?: Int32Array;
  /** Rejects with QuipuError. */
  call(body: CallBody): Promise<unknown>;
  /** Wakes it if it sleeps. */
  ring(): void;
  /** Another engine has died: this one is of no use without it. */
  stop(error: Error): void;
}

/** Another engine of the node refused: its own answer says why. */
export class OtherRefused extends QuipuError {}

/** The main thread's end of one engine's thread: calls and their answers. */
export class EngineWorker implements EngineEnd {
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  private readonly worker: Worker;
  readonly doorbell: Int32Array;
  private readonly listener: WorkerListener;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private nextCall = 1;
  private failure: Error | null = null;

  constructor(setup: WorkerSetup, listener: WorkerListener) {
    this.listener = listener;
    this.doorbell = new Int32Array(setup.doorbell);
    this.ready = new Promise((resolve, reject) => {
      this.waiting.set(0, { resolve: () => resolve(), reject });
    });
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
    this.worker.on('message', (message: Notice | Reply) => this.take(message));
    this.worker.on('error', (error) => this.ended(error, true));
    this.exited = new Promise((resolve) => {
      this.worker.on('exit', () => {
        this.ended(new Error('the engine thread has ended'), false);
        resolve();
      });
    });
  }

  call(body: CallBody): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.nextCall++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...body, id });
      this.ring();
    });
  }

  ring(): void {
    ringDoorbell(this.doorbell);
  }

  stop(error: Error): void {
    if (this.failure) return;
    this.fail(error);
    void this.worker.terminate();
    this.ring();
  }

  private take(message: Notice | Reply): void {
    switch (message.type) {
      case 'reply':
        this.settle(message);
        return;
      case 'ready':
        this.waiting.get(0)?.resolve(null);
        this.waiting.delete(0);
        return;
      default:
        this.listener.notice(message);
    }
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (!('error' in reply)) {
      waiting?.resolve(reply.result);
      return;
    }
    waiting?.reject(refused(reply.error));
  }

  private ended(error: Error, byError: boolean): void {
    if (this.failure) return;
    const awaited = this.fail(error);
    if (byError || awaited) this.listener.death(error);
  }

  /** True when somebody waited for an answer. */
  private fail(error: Error): boolean {
    if (this.failure) return false;
    this.failure = error;
    const dead = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of dead) reject(error);
    return dead.length > 0;
  }
}

/** What a call fails by that the engine refused. */
export function refused({ code, message, elsewhere }: Refusal): QuipuError {
  return elsewhere === true ? new OtherRefused(code, message) : new QuipuError(code, message);
}
