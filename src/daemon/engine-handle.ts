import { Worker } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';
import type { Request } from '../control/service.js';
import type { NodeStatus } from '../control/views.js';
import type { TracedFrame } from '../engine/trace.js';
import { signalEvent } from '../linux/signal-event.js';
import type { Call, MadeDevice, Notice, Reply, WorkerSetup } from './messages.js';

type CallBody = Call extends infer C ? (C extends { id: number } ? Omit<C, 'id'> : never) : never;

export interface EngineHandleOptions {
  readonly pool?: WorkerSetup['pool'];
  readonly onLog?: (line: string) => void;
  readonly onDevices?: (devices: readonly MadeDevice[]) => void;
  /** The thread died of an error; nothing works any more. */
  readonly onDeath?: (error: Error) => void;
}

export interface TraceListener {
  frame(frame: TracedFrame, last: boolean): void;
}

/** The main thread's handle of an engine thread. */
export class EngineHandle {
  private readonly worker: Worker;
  private readonly doorbell: Int32Array;
  private readonly options: EngineHandleOptions;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private readonly wakers = new Map<number, () => void>();
  private readonly tapEnds = new Map<number, () => void>();
  private readonly traces = new Map<number, TraceListener>();
  private eventFd = -1;
  private nextCall = 1;
  private nextNumber = 1;
  private death: Error | null = null;
  private readonly exited: Promise<void>;

  private constructor(options: EngineHandleOptions) {
    this.options = options;
    const doorbell = new SharedArrayBuffer(8);
    this.doorbell = new Int32Array(doorbell);
    const setup: WorkerSetup = { doorbell, pool: options.pool ?? {} };
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
    this.worker.on('message', (message: Notice | Reply) => this.take(message));
    this.worker.on('error', (error) => this.die(error));
    this.exited = new Promise((resolve) => {
      this.worker.on('exit', () => {
        this.die(new Error('the engine thread has ended'));
        resolve();
      });
    });
  }

  /** Starts the thread and waits until it takes calls. */
  static async start(options: EngineHandleOptions = {}): Promise<EngineHandle> {
    const handle = new EngineHandle(options);
    await new Promise<void>((resolve, reject) => {
      handle.waiting.set(0, { resolve: () => resolve(), reject });
    });
    return handle;
  }

  async request<T>(request: Request): Promise<T> {
    return (await this.call({ type: 'request', request })) as T;
  }

  /** Wakes the engine if it sleeps: after putting frames into a channel. */
  ring(): void {
    if (Atomics.exchange(this.doorbell, 0, 0) === 1 && this.eventFd >= 0) signalEvent(this.eventFd);
  }

  /** Makes the two rings of an application's socket known; `wake` is called when frames came while it slept. */
  async openChannel(up: SharedArrayBuffer, down: SharedArrayBuffer, wake: () => void): Promise<number> {
    const channel = this.nextNumber++;
    this.wakers.set(channel, wake);
    await this.call({ type: 'channel', channel, up, down });
    return channel;
  }

  async closeChannel(channel: number): Promise<void> {
    this.wakers.delete(channel);
    await this.call({ type: 'channel-closed', channel });
  }

  async openTap(
    target: string,
    dropsOnly: boolean,
    ring: SharedArrayBuffer,
    wake: () => void,
    ended: () => void,
  ): Promise<number> {
    const tap = this.nextNumber++;
    this.wakers.set(tap, wake);
    this.tapEnds.set(tap, ended);
    try {
      await this.call({ type: 'tap', tap, target, ring, dropsOnly });
    } catch (error) {
      this.forgetTap(tap);
      throw error;
    }
    return tap;
  }

  /** Answers how many frames the tap lost. */
  async closeTap(tap: number): Promise<number> {
    this.forgetTap(tap);
    return ((await this.call({ type: 'untap', tap })) as { lost: number }).lost;
  }

  private forgetTap(tap: number): void {
    this.wakers.delete(tap);
    this.tapEnds.delete(tap);
  }

  async startTrace(count: number, filter: string | undefined, listener: TraceListener): Promise<number> {
    const trace = this.nextNumber++;
    this.traces.set(trace, listener);
    try {
      await this.call({ type: 'trace', trace, count, filter });
    } catch (error) {
      this.traces.delete(trace);
      throw error;
    }
    return trace;
  }

  async stopTrace(trace: number): Promise<void> {
    this.traces.delete(trace);
    await this.call({ type: 'untrace', trace });
  }

  /** Closes all blocks and ends the thread. Answers the last status: nothing held, the pool whole. */
  async close(): Promise<NodeStatus> {
    const status = (await this.call({ type: 'close' })) as NodeStatus;
    await this.exited;
    return status;
  }

  private call(body: CallBody): Promise<unknown> {
    if (this.death) return Promise.reject(this.death);
    const id = this.nextCall++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...body, id });
      this.ring();
    });
  }

  private take(message: Notice | Reply): void {
    switch (message.type) {
      case 'reply':
        this.settle(message);
        return;
      case 'ready':
        this.eventFd = message.eventFd;
        this.waiting.get(0)?.resolve(null);
        this.waiting.delete(0);
        return;
      case 'log':
        this.options.onLog?.(message.line);
        return;
      case 'wake':
        this.wakers.get(message.ring)?.();
        return;
      case 'tap-ended':
        this.tapEnds.get(message.tap)?.();
        return;
      case 'traced':
        this.takeTrace(message.trace, message.frame, message.last);
        return;
      case 'devices':
        this.options.onDevices?.(message.devices);
        return;
    }
  }

  private takeTrace(trace: number, frame: TracedFrame, last: boolean): void {
    const listener = this.traces.get(trace);
    if (last) this.traces.delete(trace);
    listener?.frame(frame, last);
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new QuipuError(reply.error.code, reply.error.message));
    else waiting?.resolve(reply.result);
  }

  private die(error: Error): void {
    if (this.death) return;
    this.death = error;
    const dead = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of dead) reject(error);
    if (dead.length > 0 || error.message !== 'the engine thread has ended') this.options.onDeath?.(error);
  }
}
