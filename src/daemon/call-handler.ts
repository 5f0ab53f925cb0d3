import { loadProgram, runnerOf } from '../blocks/filter.js';
import { QuipuError } from '../contract/error.js';
import type { Frame } from '../contract/frame.js';
import { OutOfStep, Overruled } from '../control/peers.js';
import type { ControlService } from '../control/service.js';
import { statusOf } from '../control/views.js';
import { isCrossing } from '../engine/crossing.js';
import type { Engine } from '../engine/engine.js';
import { Tap } from '../engine/tap.js';
import { Trace, type TracedFrame } from '../engine/trace.js';
import { hostChannel } from '../links/shared/host-rings.js';
import { RingReader, RingWriter } from '../links/shared/ring.js';
import type { Channel } from '../links/shared/shared.js';
import type { Assembly } from './assembly.js';
import type { Call, Notice, Reply, TraceWish } from './messages.js';

interface OpenTap {
  readonly tap: Tap;
  readonly writer: RingWriter;
}

/** Answers the calls of the main thread: control requests, channels of sockets, taps and traces. */
export class CallHandler {
  /** True once everything is closed and the thread may end. */
  closed = false;
  private readonly engine: Engine;
  private readonly service: ControlService;
  private readonly channels: Map<number, Channel>;
  private readonly tell: (message: Notice | Reply) => void;
  /** Null in a node of one engine. */
  private readonly assembly: Assembly | null;
  private readonly taps = new Map<number, OpenTap>();
  private readonly traces = new Map<number, Trace>();
  /** What hosts behind channels send. */
  private readonly hosts = new Map<number, RingReader>();

  constructor(
    engine: Engine,
    service: ControlService,
    channels: Map<number, Channel>,
    tell: (message: Notice | Reply) => void,
    assembly: Assembly | null = null,
  ) {
    this.engine = engine;
    this.service = service;
    this.channels = channels;
    this.tell = tell;
    this.assembly = assembly;
  }

  handle(call: Call): void {
    try {
      this.tell({ type: 'reply', id: call.id, result: this.answer(call) });
    } catch (error) {
      if (error instanceof OutOfStep) throw error;
      const known = error instanceof QuipuError;
      const message = known ? error.message : `internal error: ${(error as Error)?.stack ?? String(error)}`;
      this.tell({
        type: 'reply',
        id: call.id,
        error: { code: known ? error.code : 'internal', message, elsewhere: error instanceof Overruled },
      });
    }
  }

  private answer(call: Call): unknown {
    if ('ticket' in call) this.assembly?.take(call.ticket);
    switch (call.type) {
      case 'request':
        return this.service.handle(call.request);
      case 'expire':
        return this.service.expire(call.change);
      case 'channel': {
        const { channel, up, down } = call;
        this.channels.set(channel, { up, down, wake: () => this.tell({ type: 'wake', ring: channel }) });
        return null;
      }
      case 'host-channel':
        this.channels.set(call.channel, hostChannel(call.name, call.rings));
        this.hosts.set(call.channel, new RingReader(call.rings.down));
        return null;
      case 'channel-closed':
        this.channels.delete(call.channel);
        this.hosts.delete(call.channel);
        return null;
      case 'tap':
        return this.openTap(call.tap, call.target, new RingWriter(call.ring), call.dropsOnly);
      case 'untap':
        return this.closeTap(call.tap);
      case 'trace':
        return this.startTrace(call.trace, call.wanted);
      case 'untrace':
        this.stopTrace(call.trace);
        return null;
      case 'close':
        return this.close();
    }
  }

  private openTap(number: number, target: string, writer: RingWriter, dropsOnly: boolean): { idp: number } {
    const colon = target.indexOf(':');
    const instance = this.engine.registry.find(colon < 0 ? target : target.slice(0, colon));
    const port = colon < 0 ? null : this.engine.bindings.port(instance, target.slice(colon + 1));
    const tap = new Tap(
      instance.idp,
      port,
      (frame, note) => {
        // Frames that were made here have no time of their own.
        const timestamp = frame.timestamp > 0 ? frame.timestamp : this.engine.clock.now();
        if (writer.push(frame, note, timestamp) && writer.publish())
          this.tell({ type: 'wake', ring: number });
      },
      // What enters a crossing enters the block itself in another engine, and is seen there.
      dropsOnly || isCrossing(instance.type),
    );
    this.taps.set(number, { tap, writer });
    this.engine.observers.addTap(tap);
    return { idp: instance.idp };
  }

  /** Answers how many frames the tap lost because its reader was slow. */
  private closeTap(number: number): { lost: number } {
    const open = this.taps.get(number);
    if (!open) return { lost: 0 };
    this.taps.delete(number);
    this.engine.observers.removeTap(open.tap);
    return { lost: open.writer.overflow };
  }

  private startTrace(number: number, { count, filter, through }: TraceWish): null {
    const accepts = filter === undefined ? () => true : filterOf(filter);
    const block = through === undefined ? null : this.engine.registry.find(through);
    // What enters a crossing enters the block itself in another engine, and is followed there.
    if (block !== null && isCrossing(block.type)) return null;
    const tell = (frame: TracedFrame) => {
      const last = trace.frames.length >= count;
      this.tell({ type: 'traced', trace: number, frame, last });
      if (last) this.traces.delete(number);
    };
    const trace = new Trace(count, accepts, this.engine.clock, tell, block?.idp);
    this.traces.set(number, trace);
    this.engine.observers.addTrace(trace);
    return null;
  }

  private stopTrace(number: number): void {
    const trace = this.traces.get(number);
    if (!trace) return;
    this.traces.delete(number);
    this.engine.observers.removeTrace(trace);
  }

  /** Ends taps and traces whose block is gone; tells which hosts are. */
  inspect(): void {
    for (const [channel, { closed }] of this.hosts) if (closed) this.tell({ type: 'host-left', channel });
    for (const [number, { tap }] of this.taps) {
      if (this.engine.registry.byIdp(tap.idp) !== undefined) continue;
      this.tell({ type: 'tap-ended', tap: number });
      this.closeTap(number);
    }
    for (const [number, { through }] of this.traces) {
      if (through === null || this.engine.registry.byIdp(through) !== undefined) continue;
      this.tell({ type: 'trace-ended', trace: number });
      this.stopTrace(number);
    }
  }

  /** So that nothing is left between engines. Who is told to close does, even if another engine is stuck. */
  private meetIfPossible(): void {
    try {
      this.assembly?.meet();
    } catch (error) {
      if (!(error instanceof QuipuError)) throw error;
    }
  }

  private close(): unknown {
    for (const number of [...this.taps.keys()]) this.closeTap(number);
    for (const number of [...this.traces.keys()]) this.stopTrace(number);
    this.meetIfPossible();
    this.service.settle();
    this.engine.close();
    this.closed = true;
    return statusOf(this.engine);
  }
}

function filterOf(text: string): (frame: Frame) => boolean {
  const run = runnerOf(loadProgram(text), 'compiled');
  return (frame) => run(frame, () => 0) !== 0;
}
