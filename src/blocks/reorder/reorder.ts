import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { HELD } from '../../contract/outcome.js';
import { nextRandom, seededState, thresholdOf } from '../seeded.js';
import { periodOption, probabilityOption, seedOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';
import { HeldBack, MOST } from './held-back.js';

const CLOSED = 0;

const config = z.strictObject({
  probability: probabilityOption.describe('that a frame is held back'),
  distance: z.int().min(1).max(1000).default(3).describe('frames that overtake it'),
  time: periodOption.default(10_000).describe('how long it waits for them at most'),
  seed: seedOption.describe('the same seed, the same choice; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Holds some frames back until others have overtaken them, or their time is over. */
export class Reorder implements Block {
  static readonly kind = 'reorder';
  static readonly summary = 'holds frames back at random until others have overtaken them';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'probability';
  static readonly counters = {
    packets: 'frames that came',
    overtaken: 'frames that went on when others had overtaken them',
    late: 'frames held back that went on because their time was over',
  };
  static readonly drops = { closed: 'it was held back when the block was removed' };
  static readonly state = ['waiting', 'random'];
  /** It keeps frames in an object of its own. */
  static readonly portable = false;

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  overtaken = 0;
  late = 0;
  waiting = new HeldBack();
  random = seededState();
  seed = 0;
  threshold = 0;
  distance = 0;
  time = 0;
  private readonly drawnSeed: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.drawnSeed = context.random();
    this.configure(options);
  }

  /** Counts for frames that come from now on. */
  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.seed = options.seed ?? this.drawnSeed;
    this.threshold = thresholdOf(options.probability);
    this.distance = options.distance;
    this.time = options.time;
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    this.packets++;
    const { waiting } = this;
    if (nextRandom(this.random, this.seed) < this.threshold && waiting.length < MOST) {
      const due = engine.now() + this.time;
      waiting.push(frame, this.distance, due);
      if (waiting.length === 1) engine.wakeAt(due);
      return HELD;
    }
    waiting.passed++;
    while (waiting.isOvertaken()) {
      this.overtaken++;
      const held = waiting.shift();
      engine.emit(held, held.direction); // leaves when this frame has gone its way
    }
    return frame.direction;
  }

  wake(engine: EnginePort): void {
    const { waiting } = this;
    const now = engine.now();
    while (waiting.firstTime() <= now) {
      this.late++;
      const held = waiting.shift();
      engine.emit(held, held.direction);
    }
    engine.wakeAt(Math.max(now, waiting.firstTime()));
  }

  held(): number {
    return this.waiting.length;
  }

  close(engine: EnginePort): void {
    while (this.waiting.length > 0) engine.discard(this.waiting.shift(), CLOSED);
  }
}
