import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, QuipuError } from '../contract/error.js';

/** A trial to be counted. */
export interface SinkTrial {
  /** Its number in the test frames, 16 bits. */
  readonly trial: number;
  /** Bytes that every frame of it should have, without check sequence. */
  readonly length: number;
  /** Numbered frames that will be sent, at most. */
  readonly expected: number;
}

/** What has come since the trial began. */
export interface SinkFigures {
  /** Numbered frames of the trial: different ones, repeated ones, those behind a later one. */
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Frames of the trial with another length than it has, or with a number beyond those expected. */
  readonly wrongLength: number;
  readonly strange: number;
  /** Frames that the device merged before anybody could count them (generic receive offload). */
  readonly merged: number;
  /** Learning frames of the trial: different ones, repeated ones. */
  readonly learning: number;
  readonly learningDuplicated: number;
  /** Test frames of other trials of the run. */
  readonly stale: number;
  /** Test frames of any kind and trial since the sink was started: the one figure that no trial begins anew. */
  readonly arrivals: number;
  /** Frames that reached the device and that the sink's own socket lost: nothing is known about them. */
  readonly lost: number;
  /** When tagged frames came, by the kernel's wall clock. */
  readonly tags: readonly TagArrival[];
  /** Error number of the device (it went down, it vanished); 0 when there was none. */
  readonly error: number;
}

export interface TagArrival {
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Takes the test frames of one run at a device and counts them, in a thread of its own. The device is promiscuous meanwhile. */
export interface Sink {
  /** From now on another trial is counted, all from 0. */
  begin(trial: SinkTrial): Promise<void>;
  look(): Promise<SinkFigures>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

export interface SinkPlan {
  readonly device: string;
  /** The run's number in the test frames: others are not taken. */
  readonly run: number;
  /** Bytes of the ring in which frames wait for the thread. */
  readonly ringBytes?: number;
}

/** What the worker is given, asked and answers. */
export interface SinkSetup extends SinkPlan {
  readonly ringBytes: number;
  /** One word, changed and notified when there is a question. */
  readonly bell: SharedArrayBuffer;
}
export type SinkQuestion =
  | { readonly ask: 'begin'; readonly trial: SinkTrial }
  | { readonly ask: 'look' | 'close' };
export type SinkAnswer =
  | { readonly figures: SinkFigures }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } };

/** Frames of a quarter of a second at a million a second. */
const RING_BYTES = 64 << 20;

/** Starts a sink and waits until it takes frames. Throws QuipuError (no-device, no-privilege, no-support). */
export async function startSink({ device, run, ringBytes = RING_BYTES }: SinkPlan): Promise<Sink> {
  const sink = new SinkThread({ device, run, ringBytes, bell: new SharedArrayBuffer(4) });
  await sink.answer();
  return sink;
}

class SinkThread implements Sink {
  private readonly worker: Worker;
  private readonly bell: Int32Array;
  private readonly waiting: { resolve(figures: SinkFigures): void; reject(error: Error): void }[] = [];
  private readonly exited: Promise<unknown>;
  private failure: Error | undefined;

  constructor(setup: SinkSetup) {
    this.bell = new Int32Array(setup.bell);
    this.worker = new Worker(new URL('./sink-worker.js', import.meta.url), { workerData: setup });
    this.exited = once(this.worker, 'exit').catch(() => {});
    this.worker.on('message', (answer: SinkAnswer) => {
      const asker = this.waiting.shift();
      if ('figures' in answer) asker?.resolve(answer.figures);
      else asker?.reject(new QuipuError(answer.error.code, answer.error.message));
    });
    this.worker.on('error', (error: Error) => this.end(error));
    this.worker.on('exit', () =>
      this.end(new QuipuError('internal', `the sink at ${setup.device} has ended`)),
    );
  }

  async begin(trial: SinkTrial): Promise<void> {
    await this.ask({ ask: 'begin', trial });
  }

  look(): Promise<SinkFigures> {
    return this.ask({ ask: 'look' });
  }

  async close(): Promise<void> {
    if (this.failure === undefined) await this.ask({ ask: 'close' }).catch(() => {});
    await this.exited;
  }

  /** The next thing that the thread says. */
  answer(): Promise<SinkFigures> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private ask(question: SinkQuestion): Promise<SinkFigures> {
    const answer = this.answer();
    this.worker.postMessage(question);
    Atomics.add(this.bell, 0, 1);
    Atomics.notify(this.bell, 0);
    return answer;
  }

  private end(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
