import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { Fifo } from '../fifo.js';
import { FRAMES_PER_WAKE, Server } from '../server.js';
import { dscpOf } from '../traffic-class.js';
import { rateOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const FULL = drop(0);
const CLOSED = 1;
const CODE_POINTS = 64;
const FIRST_CAPACITY = 64;

const config = z.strictObject({
  rate: rateOption.describe('how fast frames leave, all queues together'),
  queues: z.int().min(2).max(64).default(8).describe('how many queues there are'),
  by: z.enum(['mark', 'dscp']).default('mark').describe('what tells the queue of a frame'),
  limit: z.int().min(1).max(1_000_000).default(250).describe('frames that may wait in each queue'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Strict priority: a frame leaves only when no queue with a higher number has one. */
export class Priority implements Block {
  static readonly kind = 'priority';
  static readonly summary = 'lets frames go at a rate, the most urgent first';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = { packets: 'frames that went on', bytes: 'their bytes' };
  static readonly drops = {
    full: 'the queue of its priority was full',
    closed: 'it waited in a queue when the block was removed',
  };
  static readonly state = ['queues', 'waiting', 'server'];
  static readonly shared = true;
  /** It keeps frames in objects of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  /** By priority: the last is served first. More than `count` only where a block with more was replaced. */
  queues: Fifo[];
  /** Frames in all of them. */
  waiting = 0;
  server = new Server();
  count = 0;
  rate = 0;
  limit = 0;
  byMark = true;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.queues = [];
    this.configure(options);
  }

  /** Frames that wait stay in their queues. */
  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.count = options.queues;
    this.rate = options.rate;
    this.limit = options.limit;
    this.byMark = options.by === 'mark';
    this.addQueues();
    if (this.waiting > 0) this.context.wakeAt(this.context.clock.now());
  }

  private addQueues(): void {
    while (this.queues.length < this.count) this.queues.push(new Fifo(Math.min(this.limit, FIRST_CAPACITY)));
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    if (this.queues.length < this.count) this.addQueues(); // taken over from a block with fewer
    const queue = this.queues[this.queueOf(frame)];
    if (queue.length >= this.limit) return FULL;
    const now = engine.now();
    queue.push(frame, now);
    this.waiting++;
    if (this.waiting === 1) {
      this.server.refill(now, this.rate, false);
      this.serve(engine, now);
    }
    return HELD;
  }

  private queueOf(frame: Frame): number {
    const last = this.count - 1;
    if (!this.byMark) return ((dscpOf(frame) * this.count) / CODE_POINTS) | 0;
    const mark = frame.mark >>> 0;
    return mark < last ? mark : last;
  }

  wake(engine: EnginePort): void {
    const now = engine.now();
    this.server.refill(now, this.rate, true);
    this.serve(engine, now);
  }

  private serve(engine: EnginePort, now: number): void {
    const { server, queues, rate } = this;
    let highest = queues.length - 1;
    for (let left = FRAMES_PER_WAKE; left > 0 && this.waiting > 0 && server.free; left--) {
      while (queues[highest].length === 0) highest--;
      const frame = queues[highest].shift();
      this.waiting--;
      server.send(frame.length);
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (this.waiting > 0) engine.wakeAt(server.free ? now : server.freeAt(now, rate));
  }

  held(): number {
    return this.waiting;
  }

  details(): Readonly<Record<string, unknown>> {
    return { waiting: this.queues.map((queue) => queue.length) };
  }

  close(engine: EnginePort): void {
    for (const queue of this.queues) while (queue.length > 0) engine.discard(queue.shift(), CLOSED);
    this.waiting = 0;
  }
}
