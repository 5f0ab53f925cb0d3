import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { Fifo } from '../fifo.js';
import { nextRandom, seededState } from '../seeded.js';
import { FRAMES_PER_WAKE, Server } from '../server.js';
import { markCongestion } from '../traffic-class.js';
import { rateOption, seedOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';
import { EARLY, FORCED, RedLaw, type RedParameters } from './red-law.js';

const DROP_EARLY = drop(0);
const DROP_FORCED = drop(1);
const FULL = drop(2);
const CLOSED = 3;

const config = z.strictObject({
  rate: rateOption.describe('how fast frames leave'),
  min: z.number().min(0).max(1_000_000).default(5).describe('average queue at which drops begin, in frames'),
  max: z
    .number()
    .min(1)
    .max(1_000_000)
    .default(15)
    .describe('average queue above which every frame is dropped'),
  probability: z.number().min(0.0001).max(1).default(0.02).describe('max_p: probability just below `max`'),
  weight: z.number().min(0.00001).max(1).default(0.002).describe('w_q: weight of the queue in its average'),
  gentle: z.boolean().default(false).describe('above `max` let the probability rise to 1 at twice `max`'),
  ecn: z.boolean().default(false).describe('between `min` and `max` mark ECN-capable packets instead'),
  packet: z
    .int()
    .min(1)
    .max(9000)
    .default(500)
    .describe('bytes of a typical small packet: how the average sinks while idle'),
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait'),
  seed: seedOption.describe('the same seed, the same drops; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Random early detection (Floyd and Jacobson 1993): a queue that drops the more often the longer it is on average. */
export class Red implements Block {
  static readonly kind = 'red';
  static readonly summary = 'a queue with random early detection';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = {
    packets: 'frames that went on',
    bytes: 'their bytes',
    marked: 'frames that got an ECN mark instead of being dropped',
  };
  static readonly drops = {
    early: 'dropped at random, the average queue being between the thresholds',
    forced: 'the average queue was too long',
    full: 'too many frames waited',
    closed: 'it waited when the block was removed',
  };
  static readonly state = ['fifo', 'server', 'law', 'random'];
  static readonly shared = true;
  /** It keeps frames in an object of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  marked = 0;
  fifo: Fifo;
  server = new Server();
  law = new RedLaw();
  random = seededState();
  parameters: RedParameters | null = null;
  seed = 0;
  rate = 0;
  limit = 0;
  ecn = false;
  private readonly drawnSeed: number;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.drawnSeed = context.random();
    this.fifo = new Fifo(Math.min(options.limit, context.pool.size));
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const { min, max, probability, weight, gentle, rate } = options;
    if (min >= max) throw new QuipuError('bad-config', `min (${min}) must be less than max (${max})`);
    this.spared = sparedWay(options.way);
    this.parameters = { min, max, probability, weight, gentle, packetMicros: (options.packet * 1e6) / rate };
    this.seed = options.seed ?? this.drawnSeed;
    this.rate = rate;
    this.limit = options.limit;
    this.ecn = options.ecn;
    if (this.fifo.length > 0) this.context.wakeAt(this.context.clock.now());
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const { fifo, law } = this;
    const parameters = this.parameters as RedParameters;
    const now = engine.now();
    law.arrive(fifo.length, now, parameters);
    if (fifo.length === 0) law.idleSince = now; // unless it stays
    const fate = law.decide(nextRandom(this.random, this.seed) / 0x100000000, parameters);
    if (fate === FORCED) return DROP_FORCED;
    if (fate === EARLY) {
      const mayMark = this.ecn && law.average < parameters.max;
      if (!mayMark || !markCongestion(frame)) return DROP_EARLY;
      this.marked++;
    }
    if (fifo.length >= this.limit) return FULL;
    const waiting = fifo.length > 0;
    fifo.push(frame, now);
    law.idleSince = Number.NaN;
    if (!waiting) {
      this.server.refill(now, this.rate, false);
      this.serve(engine, now);
    }
    return HELD;
  }

  wake(engine: EnginePort): void {
    const now = engine.now();
    this.server.refill(now, this.rate, true);
    this.serve(engine, now);
  }

  private serve(engine: EnginePort, now: number): void {
    const { fifo, server, rate } = this;
    for (let left = FRAMES_PER_WAKE; left > 0 && fifo.length > 0 && server.free; left--) {
      const frame = fifo.shift();
      server.send(frame.length);
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (fifo.length > 0) engine.wakeAt(server.free ? now : server.freeAt(now, rate));
    else this.law.idleSince = now;
  }

  held(): number {
    return this.fifo.length;
  }

  details(): Readonly<Record<string, unknown>> {
    return { waiting: this.fifo.length, averageQueue: Math.round(this.law.average * 1000) / 1000 };
  }

  close(engine: EnginePort): void {
    while (this.fifo.length > 0) engine.discard(this.fifo.shift(), CLOSED);
  }
}
