import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { Fifo } from '../fifo.js';
import { FRAMES_PER_WAKE, Server } from '../server.js';
import { markCongestion } from '../traffic-class.js';
import { periodOption, rateOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';
import { CodelLaw, controlLaw } from './codel-law.js';

const TOO_OLD = 0;
const FULL = drop(1);
const CLOSED = 2;

const config = z.strictObject({
  rate: rateOption.describe('how fast frames leave'),
  target: periodOption.default(5000).describe('time in the queue that is acceptable'),
  interval: periodOption
    .default(100_000)
    .describe('how long it may be longer before drops begin: a worst-case round trip'),
  ecn: z.boolean().default(false).describe('mark ECN-capable packets instead of dropping them'),
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Controlled delay (RFC 8289): a queue that drops at its head when frames stay too long for too long. */
export class Codel implements Block {
  static readonly kind = 'codel';
  static readonly summary = 'a queue with controlled delay';
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
    'too-old': 'frames had stayed in the queue beyond the target for an interval',
    full: 'too many frames waited',
    closed: 'it waited when the block was removed',
  };
  static readonly state = ['fifo', 'server', 'law', 'sojourn'];
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
  law = new CodelLaw();
  /** How long the frame that was taken out last had been in the queue, in microseconds. */
  sojourn = 0;
  tooOld = false;
  rate = 0;
  target = 0;
  interval = 0;
  ecn = false;
  limit = 0;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.fifo = new Fifo(Math.min(options.limit, context.pool.size));
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.rate = options.rate;
    this.target = options.target;
    this.interval = options.interval;
    this.ecn = options.ecn;
    this.limit = options.limit;
    if (this.fifo.length > 0) this.context.wakeAt(this.context.clock.now());
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const { fifo, law } = this;
    if (fifo.length >= this.limit) return FULL;
    if (frame.length > law.longest) law.longest = frame.length;
    const now = engine.now();
    const waiting = fifo.length > 0;
    fifo.push(frame, now);
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
      const frame = this.take(engine, now);
      if (frame === null) break;
      server.send(frame.length);
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (fifo.length > 0) engine.wakeAt(server.free ? now : server.freeAt(now, rate));
  }

  /** `deque` of RFC 8289 §5: the next frame to send, after those that it drops; null when none is left. */
  private take(engine: EnginePort, now: number): Frame | null {
    const { law } = this;
    let frame = this.pull(now);
    if (law.dropping) {
      if (!this.tooOld) law.dropping = false;
      while (frame !== null && law.dropping && now >= law.dropNext) {
        law.count++;
        const marked = this.marks(frame);
        if (!marked) {
          engine.discard(frame, TOO_OLD);
          frame = this.pull(now);
        }
        if (this.tooOld) law.dropNext = controlLaw(law.dropNext, this.interval, law.count);
        else law.dropping = false;
        if (marked) break;
      }
    } else if (frame !== null && this.tooOld) {
      if (!this.marks(frame)) {
        engine.discard(frame, TOO_OLD);
        frame = this.pull(now);
      }
      law.begin(now, this.interval);
    }
    return frame;
  }

  /** `dodequeue`: takes a frame out and finds whether it may be dropped for its time in the queue. */
  private pull(now: number): Frame | null {
    const { fifo, law } = this;
    this.tooOld = false;
    if (fifo.length === 0) {
      law.firstAbove = 0;
      return null;
    }
    this.sojourn = now - fifo.firstTime();
    const frame = fifo.shift();
    this.tooOld = law.isTooOld(now, this.sojourn, fifo.bytes, this.target, this.interval);
    return frame;
  }

  private marks(frame: Frame): boolean {
    if (!this.ecn || !markCongestion(frame)) return false;
    this.marked++;
    return true;
  }

  held(): number {
    return this.fifo.length;
  }

  details(): Readonly<Record<string, unknown>> {
    const { count, dropping } = this.law;
    return { waiting: this.fifo.length, sojournMicros: this.sojourn, dropping, drops: dropping ? count : 0 };
  }

  close(engine: EnginePort): void {
    while (this.fifo.length > 0) engine.discard(this.fifo.shift(), CLOSED);
  }
}
