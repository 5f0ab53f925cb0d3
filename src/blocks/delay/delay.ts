import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop, HELD } from '../../contract/outcome.js';
import { nextRandom, seededState } from '../seeded.js';
import { FRAMES_PER_WAKE } from '../server.js';
import { seedOption, timeOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';
import { DueHeap } from './due-heap.js';

const FULL = drop(0);
const CLOSED = 1;

const config = z.strictObject({
  time: timeOption.describe('how long each frame is held back'),
  jitter: timeOption.default(0).describe('how much that varies: half the width, or the standard deviation'),
  distribution: z.enum(['uniform', 'normal']).default('uniform').describe('how it varies'),
  reorder: z.boolean().default(false).describe('let a frame with less delay overtake others'),
  limit: z.int().min(1).max(1_000_000).default(1000).describe('frames that may wait'),
  seed: seedOption.describe('the same seed, the same jitter; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Holds each frame back for a time, with jitter if wanted. */
export class Delay implements Block {
  static readonly kind = 'delay';
  static readonly summary = 'holds each frame back for a time, with jitter if wanted';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'time';
  static readonly counters = { packets: 'frames that went on', bytes: 'their bytes' };
  static readonly drops = {
    full: 'too many frames waited',
    closed: 'it waited when the block was removed',
  };
  static readonly state = ['waiting', 'lastDue', 'random'];
  /** It keeps frames in an object of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  waiting: DueHeap;
  /** When the latest of those that came is due: no other goes before it, unless they may overtake. */
  lastDue = 0;
  random = seededState();
  seed = 0;
  time = 0;
  jitter = 0;
  normal = false;
  reorder = false;
  limit = 0;
  private readonly drawnSeed: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.drawnSeed = context.random();
    this.waiting = new DueHeap(Math.min(options.limit, context.pool.size));
    this.configure(options);
  }

  /** Counts for frames that come from now on. */
  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.seed = options.seed ?? this.drawnSeed;
    this.time = options.time;
    this.jitter = options.jitter;
    this.normal = options.distribution === 'normal';
    this.reorder = options.reorder;
    this.limit = options.limit;
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    if (this.waiting.length >= this.limit) return FULL;
    const now = engine.now();
    let due = now + this.drawDelay();
    if (!this.reorder && due < this.lastDue) due = this.lastDue;
    if (due > this.lastDue) this.lastDue = due;
    if (due <= now && this.waiting.firstDue() > now) {
      this.packets++;
      this.bytes += frame.length;
      return frame.direction;
    }
    const earliest = this.waiting.firstDue();
    this.waiting.push(frame, due);
    if (due < earliest) engine.wakeAt(due);
    return HELD;
  }

  private drawDelay(): number {
    if (this.jitter === 0) return this.time;
    const spread = this.normal ? this.drawNormal() : nextRandom(this.random, this.seed) / 0x80000000 - 1;
    return Math.max(0, Math.round(this.time + spread * this.jitter));
  }

  /** Mean 0, deviation 1: the sum of twelve uniform numbers, which never goes beyond 6 deviations. */
  private drawNormal(): number {
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      const two = nextRandom(this.random, this.seed);
      sum += (two >>> 16) + (two & 0xffff) + 1;
    }
    return sum / 0x10000 - 6;
  }

  wake(engine: EnginePort): void {
    const { waiting } = this;
    const now = engine.now();
    for (let left = FRAMES_PER_WAKE; left > 0 && waiting.firstDue() <= now; left--) {
      const frame = waiting.pop();
      this.packets++;
      this.bytes += frame.length;
      engine.emit(frame, frame.direction);
    }
    if (waiting.length > 0) engine.wakeAt(Math.max(now, waiting.firstDue()));
  }

  held(): number {
    return this.waiting.length;
  }

  close(engine: EnginePort): void {
    while (this.waiting.length > 0) engine.discard(this.waiting.pop(), CLOSED);
  }
}
