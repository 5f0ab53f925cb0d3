import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { Fifo } from '../fifo.js';
import { FRAMES_PER_WAKE, Server } from '../server.js';
import { rateOption, sizeOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const FULL = drop(0);
const CLOSED = 1;

const config = z.strictObject({
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait'),
  limitBytes: sizeOption.optional().describe('bytes that may wait; without it only frames count'),
  rate: rateOption.optional().describe('how fast it lets them go; without it on the engine’s next turn'),
  burst: z.int().min(1).max(1024).default(FRAMES_PER_WAKE).describe('frames that leave in one turn at most'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Lets frames wait, first in, first out; what finds it full is dropped. */
export class Queue implements Block {
  static readonly kind = 'queue';
  static readonly summary = 'lets frames wait, first in, first out, and drops what finds it full';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'limit';
  static readonly counters = {
    packets: 'frames that went on',
    bytes: 'their bytes',
    highwater: 'most frames that ever waited at once',
  };
  static readonly drops = {
    full: 'the queue was full',
    closed: 'it waited in the queue when the block was removed',
  };
  static readonly state = ['fifo', 'server'];
  /** It keeps frames in an object of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  highwater = 0;
  fifo: Fifo;
  server = new Server();
  limit = 0;
  limitBytes = 0;
  /** Bytes per second; 0: as fast as the turns come. */
  rate = 0;
  burst = 0;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.fifo = new Fifo(Math.min(options.limit, context.pool.size));
    this.configure(options);
  }

  /** A lower limit ends nothing that waits already. */
  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.limit = options.limit;
    this.limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.rate = options.rate ?? 0;
    this.burst = options.burst;
    if (this.fifo.length > 0) this.context.wakeAt(this.context.clock.now());
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const fifo = this.fifo;
    if (fifo.length >= this.limit || fifo.bytes + frame.length > this.limitBytes) return FULL;
    const now = engine.now();
    const waiting = fifo.length > 0;
    fifo.push(frame, now);
    if (fifo.length > this.highwater) this.highwater = fifo.length;
    if (waiting) return HELD;
    if (this.rate === 0) {
      engine.wakeAt(now);
    } else {
      this.server.refill(now, this.rate, false);
      this.serve(engine, now);
    }
    return HELD;
  }

  wake(engine: EnginePort): void {
    const now = engine.now();
    if (this.rate !== 0) this.server.refill(now, this.rate, true);
    this.serve(engine, now);
  }

  private serve(engine: EnginePort, now: number): void {
    const { fifo, server, rate } = this;
    for (let left = this.burst; left > 0 && fifo.length > 0 && (rate === 0 || server.free); left--) {
      const frame = fifo.shift();
      server.send(rate === 0 ? 0 : frame.length);
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (fifo.length > 0) engine.wakeAt(rate === 0 || server.free ? now : server.freeAt(now, rate));
  }

  held(): number {
    return this.fifo.length;
  }

  details(): Readonly<Record<string, unknown>> {
    return { waiting: this.fifo.length, waitingBytes: this.fifo.bytes };
  }

  close(engine: EnginePort): void {
    while (this.fifo.length > 0) engine.discard(this.fifo.shift(), CLOSED);
  }
}
