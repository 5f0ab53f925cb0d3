import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';
import type { Tap } from './tap.js';
import type { Trace } from './trace.js';

/** Who looks at frames as they go. The engine asks only while somebody does. */
export interface Observer {
  /** Before a block's `receive`. */
  enter(at: Instance, frame: PoolFrame): void;
  /** After it: the answer is a port number or one of the outcomes; the frame is still whole. */
  leave(at: Instance, frame: PoolFrame, outcome: number): void;
  /** A block (or a binding that leads nowhere) ends the frame; it is released after this. */
  drop(at: Instance, frame: PoolFrame, reason: string): void;
  copied(at: Instance, original: PoolFrame, copy: PoolFrame, port: number): void;
  /** A block lets a frame that it made, or held, leave by a port. */
  emitted(at: Instance, frame: PoolFrame, port: number): void;
}

/** All taps and traces of one engine. */
export class Observers implements Observer {
  private readonly taps = new Set<Tap>();
  private readonly traces = new Set<Trace>();
  /** Told when the first one comes and the last one goes. */
  private readonly onActive: (active: boolean) => void;

  constructor(onActive: (active: boolean) => void) {
    this.onActive = onActive;
  }

  addTap(tap: Tap): void {
    this.taps.add(tap);
    this.changed();
  }

  removeTap(tap: Tap): void {
    this.taps.delete(tap);
    this.changed();
  }

  addTrace(trace: Trace): void {
    this.traces.add(trace);
    this.changed();
  }

  removeTrace(trace: Trace): void {
    this.traces.delete(trace);
    this.changed();
  }

  private changed(): void {
    this.onActive(this.taps.size + this.traces.size > 0);
  }

  enter(at: Instance, frame: PoolFrame): void {
    for (const tap of this.taps) tap.enter(at, frame);
    for (const trace of this.traces) trace.enter(at, frame, this.enter);
  }

  leave(at: Instance, frame: PoolFrame, outcome: number): void {
    for (const trace of this.traces) trace.leave(at, frame, outcome);
    for (const tap of this.taps) tap.leave(at, frame, outcome);
    this.sweep();
  }

  drop(at: Instance, frame: PoolFrame, reason: string): void {
    for (const tap of this.taps) tap.drop(at, frame, reason);
    for (const trace of this.traces) trace.drop(at, frame, reason);
    this.sweep();
  }

  copied(at: Instance, original: PoolFrame, copy: PoolFrame, port: number): void {
    for (const tap of this.taps) tap.copied(at, copy, port);
    for (const trace of this.traces) trace.copied(at, original, copy, port);
  }

  emitted(at: Instance, frame: PoolFrame, port: number): void {
    for (const tap of this.taps) tap.leave(at, frame, port);
  }

  private sweep(): void {
    for (const trace of this.traces) if (trace.done) this.removeTrace(trace);
  }
}
