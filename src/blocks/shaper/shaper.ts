import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { Fifo } from '../fifo.js';
import { FRAMES_PER_WAKE } from '../server.js';
import { TokenBucket } from '../token-bucket.js';
import { rateOption, sizeOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const FULL = drop(0);
const TOO_LONG_REASON = 1;
const TOO_LONG = drop(TOO_LONG_REASON);
const CLOSED = 2;

/** The default burst: what the rate brings in 2 ms, and room for a jumbo frame. */
const DEFAULT_BURST_MICROS = 2000;
const DEFAULT_BURST_MIN = 10_000;
/** Timers count whole microseconds: a bucket that fills in less than 100 of them would spill more than 1 % of its rate. */
const MIN_BURST_MICROS = 100;

const config = z.strictObject({
  rate: rateOption.describe('rate of the output'),
  burst: sizeOption
    .optional()
    .describe('depth of the token bucket: bytes that may leave at once after a pause'),
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait'),
  limitBytes: sizeOption.optional().describe('bytes that may wait; without it only frames count'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/**
 * Token bucket shaper: in any time t, at most burst + rate × t bytes leave, and as long as frames wait no less than
 * rate × t. What comes too early waits in order.
 */
export class Shaper implements Block {
  static readonly kind = 'shaper';
  static readonly summary = 'holds frames to a rate and a burst; what comes too early waits';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = {
    packets: 'frames that went on',
    bytes: 'their bytes',
    delayed: 'frames that had to wait',
  };
  static readonly drops = {
    full: 'too many frames waited',
    'too-long': 'longer than the burst: it could never leave',
    closed: 'it waited when the block was removed',
  };
  static readonly state = ['fifo', 'bucket'];
  static readonly shared = true;
  /** It keeps frames in an object of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  delayed = 0;
  fifo: Fifo;
  bucket = new TokenBucket();
  rate = 0;
  burst = 0;
  limit = 0;
  limitBytes = 0;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.fifo = new Fifo(Math.min(options.limit, context.pool.size));
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const { rate, limit } = options;
    const burst =
      options.burst ?? Math.max(DEFAULT_BURST_MIN, Math.ceil((rate * DEFAULT_BURST_MICROS) / 1e6));
    const least = Math.ceil((rate * MIN_BURST_MICROS) / 1e6);
    if (burst < least) {
      const why = `at ${rate} bytes per second it takes ${least}, or the rate cannot be reached`;
      throw new QuipuError('bad-config', `burst ${burst} is too small: ${why}`);
    }
    this.spared = sparedWay(options.way);
    this.rate = rate;
    this.burst = burst;
    this.limit = limit;
    this.limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
    if (this.fifo.length > 0) this.context.wakeAt(this.context.clock.now());
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    if (frame.length > this.burst) return TOO_LONG;
    const { fifo, bucket } = this;
    const now = engine.now();
    if (fifo.length === 0) {
      bucket.refill(now, this.rate, this.burst);
      if (bucket.take(frame.length)) {
        this.packets++;
        this.bytes += frame.length;
        return frame.direction;
      }
    }
    if (fifo.length >= this.limit || fifo.bytes + frame.length > this.limitBytes) return FULL;
    this.delayed++;
    fifo.push(frame, now);
    if (fifo.length === 1) engine.wakeAt(bucket.readyAt(now, this.rate, frame.length));
    return HELD;
  }

  wake(engine: EnginePort): void {
    const { fifo, bucket, rate } = this;
    const now = engine.now();
    bucket.refill(now, rate, this.burst);
    for (let left = FRAMES_PER_WAKE; left > 0 && fifo.length > 0; left--) {
      const first = fifo.first();
      if (first.length > this.burst) {
        engine.discard(fifo.shift(), TOO_LONG_REASON); // the burst has become smaller meanwhile
        continue;
      }
      if (!bucket.take(first.length)) {
        engine.wakeAt(bucket.readyAt(now, rate, first.length));
        return;
      }
      const frame = fifo.shift();
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (fifo.length > 0) engine.wakeAt(now);
  }

  held(): number {
    return this.fifo.length;
  }

  details(): Readonly<Record<string, unknown>> {
    return { burst: this.burst, waiting: this.fifo.length, waitingBytes: this.fifo.bytes };
  }

  close(engine: EnginePort): void {
    while (this.fifo.length > 0) engine.discard(this.fifo.shift(), CLOSED);
  }
}
