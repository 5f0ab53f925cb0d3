import { availableParallelism } from 'node:os';
import { QuipuError } from '../contract/error.js';
import type { Merger } from '../control/merge-answers.js';
import type { Request } from '../control/service.js';
import type { NodeStatus } from '../control/views.js';
import type { TracedFrame } from '../engine/trace.js';
import type { HostRings } from '../links/shared/host-rings.js';
import { createDoorbell } from '../linux/doorbell.js';
import {
  type CallBody,
  type EngineEnd,
  EngineWorker,
  OtherRefused,
  type WorkerListener,
} from './engine-worker.js';
import type { MadeDevice, NodeMemory, Notice, TraceWish, WorkerSetup } from './messages.js';

/** Most engines that a node can have. */
export const MAX_ENGINES = 16;

export interface EngineHandleOptions {
  /** The frame pool of each engine. */
  readonly pool?: WorkerSetup['pool'];
  /** How many engines, 1 to 16, each in a thread of its own; `auto`: one for each core. Default 1. */
  readonly engines?: number | 'auto';
  readonly onLog?: (line: string) => void;
  readonly onDevices?: (devices: readonly MadeDevice[]) => void;
  /** A thread died of an error; nothing works any more. */
  readonly onDeath?: (error: Error) => void;
}

export interface TraceListener {
  frame(frame: TracedFrame, last: boolean): void;
  /** No more will come: the block that they were to pass is gone. */
  ended(): void;
}

/** Who made a host's channel. */
interface HostEnd {
  /** The host has closed its end: told again and again until the channel is closed. */
  left(): void;
  /** The engine is no more, and has not closed its own. */
  died(): void;
}

/** What only a node of several engines has. */
interface Several {
  readonly memory: NodeMemory;
  /** Tells engines that wait for each other that one of them is no more. */
  readonly mourn: () => void;
  readonly mergerOf: (request: Request) => Merger | null;
}

interface OpenTrace {
  readonly listener: TraceListener;
  left: number;
}

/**
 * The main thread's handle of a node's engines. What changes or reads the graph goes to all of them, each gets all such
 * calls in the same order, and their answers are made one; what is in the first engine only, and what all of them
 * would answer alike, goes to that one.
 */
export class EngineHandle {
  private readonly workers: readonly EngineEnd[];
  private readonly options: EngineHandleOptions;
  private readonly wakers = new Map<number, () => void>();
  private readonly tapEnds = new Map<number, () => void>();
  private readonly hostEnds = new Map<number, HostEnd>();
  private readonly traces = new Map<number, OpenTrace>();
  /** Null in a node of one engine. */
  private readonly several: Several | null;
  private nextNumber = 1;
  private ticket = 0;
  private isDead = false;

  private constructor(
    options: EngineHandleOptions,
    several: Several | null,
    start: (listener: WorkerListener) => readonly EngineEnd[],
  ) {
    this.options = options;
    this.several = several;
    this.workers = start({
      notice: (notice) => this.take(notice),
      death: (error) => this.die(error),
    });
  }

  /** The handle of one engine that is there already, in this thread. */
  static over(start: (listener: WorkerListener) => EngineEnd): EngineHandle {
    return new EngineHandle({}, null, (listener) => [start(listener)]);
  }

  /** Starts the threads and waits until they take calls. Throws QuipuError. */
  static async start(options: EngineHandleOptions = {}): Promise<EngineHandle> {
    const handle = await EngineHandle.create(options);
    await Promise.all(handle.workers.map(({ ready }) => ready));
    return handle;
  }

  private static create(options: EngineHandleOptions): EngineHandle | Promise<EngineHandle> {
    const { pool = {} } = options;
    const count = engineCount(options.engines);
    // A single engine's thread is started before anything else is loaded.
    if (count === 1) {
      const setup = { doorbell: createDoorbell(), pool };
      return new EngineHandle(options, null, (listener) => [new EngineWorker(setup, listener)]);
    }
    const parts = Promise.all([import('./node-memory.js'), import('../control/merge-answers.js')]);
    return parts.then(([{ createNodeMemory }, { mergerOf }]) => {
      const several = { ...createNodeMemory(count), mergerOf };
      const { memory } = several;
      return new EngineHandle(options, several, (listener) =>
        memory.doorbells.map(
          (doorbell, number) => new EngineWorker({ doorbell, pool, node: { number, memory } }, listener),
        ),
      );
    });
  }

  /** How many engines there are. */
  get count(): number {
    return this.workers.length;
  }

  private get first(): EngineEnd {
    return this.workers[0];
  }

  async request<T>(request: Request): Promise<T> {
    const merge = this.several?.mergerOf(request) ?? null;
    const call: CallBody = { type: 'request', ticket: ++this.ticket, request };
    return (merge === null ? await this.first.call(call) : merge(await this.all(call))) as T;
  }

  /** Wakes the engine that has the application's sockets: after putting frames into a channel. */
  ring(): void {
    this.first.ring();
  }

  /** Makes the two rings of an application's socket known; `wake` is called when frames came while it slept. */
  async openChannel(up: SharedArrayBuffer, down: SharedArrayBuffer, wake: () => void): Promise<number> {
    const channel = this.nextNumber++;
    this.wakers.set(channel, wake);
    await this.first.call({ type: 'channel', channel, up, down });
    return channel;
  }

  /** Makes a host's rings known: `name` is what its link is called here. */
  async openHostChannel(name: string, rings: HostRings, end: HostEnd): Promise<number> {
    const channel = this.nextNumber++;
    this.hostEnds.set(channel, end);
    await this.first.call({ type: 'host-channel', channel, name, rings });
    return channel;
  }

  /** Of the engine that has the application's sockets. Throws QuipuError: it has no thread of its own. */
  get doorbell(): SharedArrayBuffer {
    const words = this.first.doorbell;
    if (words?.buffer instanceof SharedArrayBuffer) return words.buffer;
    throw new QuipuError('no-support', 'a host can only be behind an engine that has a thread of its own');
  }

  async closeChannel(channel: number): Promise<void> {
    this.wakers.delete(channel);
    this.hostEnds.delete(channel);
    await this.first.call({ type: 'channel-closed', channel });
  }

  /** Taps a block or port in all engines; `rings` has one for each. */
  async openTap(
    target: string,
    dropsOnly: boolean,
    rings: readonly SharedArrayBuffer[],
    wake: () => void,
    ended: () => void,
  ): Promise<number> {
    const tap = this.nextNumber++;
    this.wakers.set(tap, wake);
    this.tapEnds.set(tap, ended);
    try {
      await this.all((engine) => ({ type: 'tap', tap, target, ring: rings[engine], dropsOnly }));
    } catch (error) {
      this.forgetTap(tap);
      throw error;
    }
    return tap;
  }

  /** Answers how many frames the tap lost. */
  async closeTap(tap: number): Promise<number> {
    this.forgetTap(tap);
    const parts = (await this.all({ type: 'untap', tap })) as { lost: number }[];
    return parts.reduce((sum, { lost }) => sum + lost, 0);
  }

  private forgetTap(tap: number): void {
    this.wakers.delete(tap);
    this.tapEnds.delete(tap);
  }

  /** Follows the next frames, in whichever engines they come first. One that crosses over is followed to there. */
  async startTrace(wanted: TraceWish, listener: TraceListener): Promise<number> {
    const trace = this.nextNumber++;
    this.traces.set(trace, { listener, left: wanted.count });
    try {
      await this.all({ type: 'trace', trace, wanted });
    } catch (error) {
      this.traces.delete(trace);
      throw error;
    }
    return trace;
  }

  async stopTrace(trace: number): Promise<void> {
    this.traces.delete(trace);
    await this.all({ type: 'untrace', trace });
  }

  /** Closes all blocks and ends the threads. Answers the last status: nothing held, the pools whole. */
  async close(): Promise<NodeStatus> {
    const parts = (await this.all({ type: 'close', ticket: ++this.ticket })) as NodeStatus[];
    await Promise.all(this.workers.map(({ exited }) => exited));
    return (this.several?.mergerOf({ op: 'status' })?.(parts) ?? parts[0]) as NodeStatus;
  }

  /** The same call to all engines. What the first of those that refused it says is why. */
  private async all(call: CallBody | ((engine: number) => CallBody)): Promise<unknown[]> {
    const calls = this.workers.map((worker, i) => worker.call(typeof call === 'function' ? call(i) : call));
    const answers = await Promise.allSettled(calls);
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof OtherRefused)) ?? reasons[0];
    return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value);
  }

  private take(notice: Exclude<Notice, { type: 'ready' }>): void {
    switch (notice.type) {
      case 'log':
        this.options.onLog?.(notice.line);
        return;
      case 'wake':
        this.wakers.get(notice.ring)?.();
        return;
      case 'host-left':
        this.hostEnds.get(notice.channel)?.left();
        return;
      case 'tap-ended':
        this.tapEnds.get(notice.tap)?.();
        return;
      case 'traced':
        this.takeTrace(notice.trace, notice.frame);
        return;
      case 'trace-ended':
        this.traces.get(notice.trace)?.listener.ended();
        this.traces.delete(notice.trace);
        return;
      case 'overdue':
        this.all({ type: 'expire', ticket: ++this.ticket, change: notice.change }).catch(() => {}); // it is told again
        return;
      case 'devices':
        this.options.onDevices?.(notice.devices);
        return;
    }
  }

  /** Engines may have followed more frames than were asked for, all together. */
  private takeTrace(number: number, frame: TracedFrame): void {
    const trace = this.traces.get(number);
    if (trace === undefined) return;
    trace.left--;
    if (trace.left === 0) this.endTrace(number);
    trace.listener.frame(frame, trace.left === 0);
  }

  private endTrace(number: number): void {
    if (this.count === 1) this.traces.delete(number);
    else this.stopTrace(number).catch(() => {}); // the engines are closing, and the trace with them
  }

  private die(error: Error): void {
    if (this.isDead) return;
    this.isDead = true;
    this.several?.mourn();
    for (const worker of this.workers) worker.stop(error);
    for (const end of this.hostEnds.values()) end.died();
    this.options.onDeath?.(error);
  }
}

function engineCount(asked: number | 'auto' = 1): number {
  const count = asked === 'auto' ? Math.min(MAX_ENGINES, availableParallelism()) : asked;
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ENGINES) return count;
  throw new QuipuError('bad-config', `engines: ${count} is not a whole number from 1 to ${MAX_ENGINES}`);
}
