import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';

/** How often it looks whether its port is bound, in microseconds. */
const UNBOUND_SLEEP = 10_000;
/** How far it may lag behind its schedule before it skips what it has missed, in microseconds. */
const MOST_LATE = 100_000;
/** Frames made in one wake-up, before the others get their turn. */
const FRAMES_PER_WAKE = 256;

const config = z.strictObject({
  rate: z.number().min(0.001).max(1e8).describe('frames per second'),
  burst: z.int().min(1).max(256).default(1).describe('frames made at a time; the rate stays'),
  count: z.int().min(1).optional().describe('frames to make; without it there is no end'),
  frame: z
    .string()
    .optional()
    .describe('the frame in hex digits, blanks and colons between them allowed; instead of `length`'),
  length: z.int().min(1).max(65_535).default(60).describe('length of the frame, if `frame` is not given'),
  fill: z.int().min(0).max(255).default(0).describe('value of its bytes'),
  direction: z.enum(['ingress', 'egress']).default('ingress').describe('the port by which frames leave'),
});
type Options = z.infer<typeof config>;

/** Makes frames at a rate. The n-th is due at a fixed time after the first, so the rate does not drift. */
export class PacedSource implements Block {
  static readonly kind = 'paced-source';
  static readonly summary = 'makes frames at a rate';
  static readonly mode = 'source';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = {
    packets: 'frames made',
    bytes: 'their bytes',
    missed: 'frames left out because the pool was empty or the timer came too late',
  };
  static readonly drops = {};
  static readonly state = ['begin', 'due', 'paced'];
  static readonly shared = true;

  packets = 0;
  bytes = 0;
  missed = 0;
  /** When the schedule begins, in microseconds; NaN: with the next wake-up. */
  begin = Number.NaN;
  /** Frames of this schedule that were due so far. */
  due = 0;
  /** The rate of this schedule. */
  paced = 0;
  rate = 0;
  burst = 0;
  count = 0;
  port: 0 | 1 = INGRESS;
  template: Uint8Array;
  readonly ports: Int32Array;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: Options) {
    this.context = context;
    this.ports = context.ports;
    this.template = new Uint8Array(0);
    this.configure(options);
  }

  configure(options: Options): void {
    this.template = templateOf(options, this.context.pool.maxLength);
    this.rate = options.rate;
    this.burst = options.burst;
    this.count = options.count ?? Number.POSITIVE_INFINITY;
    this.port = options.direction === 'ingress' ? INGRESS : EGRESS;
    this.context.wakeAt(this.context.clock.now());
  }

  /** What comes from others passes through. */
  receive(frame: Frame): number {
    return frame.direction;
  }

  wake(engine: EnginePort): void {
    const now = engine.now();
    if (this.ports[this.port] === 0) {
      this.begin = Number.NaN;
      engine.wakeAt(now + UNBOUND_SLEEP);
      return;
    }
    if (this.paced !== this.rate || !(now - this.dueTime() <= MOST_LATE)) this.restart(now);
    let left = FRAMES_PER_WAKE;
    while (left >= this.burst && this.dueTime() <= now && this.leftToMake() > 0) {
      for (let i = 0; i < this.burst && this.leftToMake() > 0; i++) this.make(engine);
      this.due += this.burst;
      left -= this.burst;
    }
    if (this.leftToMake() > 0) engine.wakeAt(Math.max(now, Math.ceil(this.dueTime())));
    else this.begin = Number.NaN; // should the count be raised, a new schedule begins then
  }

  /** When the next burst is due; NaN without a schedule. */
  private dueTime(): number {
    return this.begin + (this.due * 1e6) / this.paced;
  }

  private restart(now: number): void {
    const late = now - this.dueTime();
    if (late > MOST_LATE) this.missed += Math.min(Math.floor((late * this.paced) / 1e6), this.leftToMake());
    this.begin = now;
    this.due = 0;
    this.paced = this.rate;
  }

  private leftToMake(): number {
    return this.count - this.packets - this.missed;
  }

  private make(engine: EnginePort): void {
    const frame = engine.create();
    if (frame === null) {
      this.missed++;
      return;
    }
    frame.fill(this.template);
    frame.direction = this.port;
    frame.hardwareType = 1;
    frame.protocol = frame.u16(12);
    frame.timestamp = engine.now();
    this.packets++;
    this.bytes += frame.length;
    engine.emit(frame, this.port);
  }
}

function templateOf(options: Options, longest: number): Uint8Array {
  const hex = options.frame?.replaceAll(/[\s:]/g, '');
  if (hex !== undefined && !/^([0-9a-fA-F]{2})+$/.test(hex)) {
    throw new QuipuError(
      'bad-config',
      'frame: pairs of hex digits are wanted, with blanks or colons between them at most',
    );
  }
  const bytes =
    hex === undefined
      ? new Uint8Array(options.length).fill(options.fill)
      : Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
          Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
        );
  if (bytes.length > longest) {
    throw new QuipuError(
      'bad-config',
      `a frame of ${bytes.length} bytes does not fit: the pool takes ${longest}`,
    );
  }
  return bytes;
}
