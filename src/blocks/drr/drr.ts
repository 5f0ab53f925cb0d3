import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { FLOW_WORDS, hashFlow, ipOffset, readFlow } from '../flow-key.js';
import { FRAMES_PER_WAKE, Server } from '../server.js';
import { dscpOf } from '../traffic-class.js';
import { rateOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';
import { RoundRobin } from './round-robin.js';

const FULL = 0;
const CLOSED = 1;

const config = z.strictObject({
  rate: rateOption.describe('how fast frames leave, all queues together'),
  queues: z.int().min(2).max(256).default(64).describe('how many queues there are'),
  by: z.enum(['flow', 'mark', 'dscp']).default('flow').describe('what tells the queue of a frame'),
  quantum: z
    .int()
    .min(256)
    .max(1_000_000)
    .default(1514)
    .describe('bytes that a queue of weight 1 may send in a round'),
  weights: z
    .string()
    .optional()
    .describe('weights of the first queues, such as `4,2,1`, 1 to 100 each; the others have 1'),
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait in all queues together'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995), with buffer stealing from the longest queue. */
export class Drr implements Block {
  static readonly kind = 'drr';
  static readonly summary = 'shares a rate among flows by deficit round robin';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = { packets: 'frames that went on', bytes: 'their bytes' };
  static readonly drops = {
    full: 'too many frames waited, and its queue was the longest',
    closed: 'it waited in a queue when the block was removed',
  };
  static readonly state = ['robin', 'server'];
  static readonly shared = true;
  /** It keeps frames in objects of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  robin: RoundRobin;
  server = new Server();
  count = 0;
  rate = 0;
  limit = 0;
  by: 'flow' | 'mark' | 'dscp' = 'flow';
  /** Bytes in a round, by queue. */
  quanta: Float64Array;
  readonly key = new Int32Array(FLOW_WORDS);
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.robin = new RoundRobin(options.queues);
    this.quanta = new Float64Array(options.queues);
    this.configure(options);
  }

  /** Frames that wait stay in their queues. */
  configure(options: z.infer<typeof config>): void {
    this.quanta = quantaOf(options);
    this.spared = sparedWay(options.way);
    this.count = options.queues;
    this.rate = options.rate;
    this.limit = options.limit;
    this.by = options.by;
    this.robin.reserve(options.queues);
    if (this.robin.frames > 0) this.context.wakeAt(this.context.clock.now());
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const robin = this.robin;
    if (robin.queues.length < this.count) robin.reserve(this.count); // taken over from a block with fewer
    const queue = this.queueOf(frame);
    if (robin.frames >= this.limit) {
      const longest = robin.longest();
      if (robin.queues[longest].bytes <= robin.queues[queue].bytes + frame.length) return drop(FULL);
      engine.discard(robin.steal(longest), FULL);
    }
    const now = engine.now();
    const waiting = robin.frames > 0;
    robin.push(queue, frame, now);
    if (!waiting) {
      this.server.refill(now, this.rate, false);
      this.serve(engine, now);
    }
    return HELD;
  }

  private queueOf(frame: Frame): number {
    if (this.by === 'mark') return (frame.mark >>> 0) % this.count;
    if (this.by === 'dscp') return dscpOf(frame) % this.count;
    if (readFlow(frame, ipOffset(frame), this.key) < 0) return 0;
    return (hashFlow(this.key, 0) >>> 0) % this.count;
  }

  wake(engine: EnginePort): void {
    const now = engine.now();
    this.server.refill(now, this.rate, true);
    this.serve(engine, now);
  }

  private serve(engine: EnginePort, now: number): void {
    const { robin, server, rate } = this;
    for (let left = FRAMES_PER_WAKE; left > 0 && robin.frames > 0 && server.free; left--) {
      const frame = robin.next(this.quanta);
      server.send(frame.length);
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (robin.frames > 0) engine.wakeAt(server.free ? now : server.freeAt(now, rate));
  }

  held(): number {
    return this.robin.frames;
  }

  details(): Readonly<Record<string, unknown>> {
    const { frames, active } = this.robin;
    return { waiting: frames, queuesInUse: active };
  }

  close(engine: EnginePort): void {
    while (this.robin.frames > 0) engine.discard(this.robin.steal(this.robin.longest()), CLOSED);
  }
}

function quantaOf(options: z.infer<typeof config>): Float64Array {
  const quanta = new Float64Array(options.queues).fill(options.quantum);
  const weights = (options.weights ?? '1')
    .split(',')
    .map((text) => (/^ *\d{1,3} *$/.test(text) ? Number(text) : 0));
  if (weights.length > options.queues || weights.some((weight) => weight < 1 || weight > 100)) {
    throw new QuipuError(
      'bad-config',
      `weights "${options.weights}": at most ${options.queues} whole numbers from 1 to 100 with commas between them`,
    );
  }
  weights.forEach((weight, queue) => {
    quanta[queue] = weight * options.quantum;
  });
  return quanta;
}
