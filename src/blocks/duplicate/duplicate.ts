import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { nextRandom, seededState, thresholdOf } from '../seeded.js';
import { probabilityOption, seedOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const config = z.strictObject({
  probability: probabilityOption.describe('that a frame is sent twice'),
  seed: seedOption.describe('the same seed, the same choice; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Sends some frames twice; the copy follows when the frame has gone its way. */
export class Duplicate implements Block {
  static readonly kind = 'duplicate';
  static readonly summary = 'sends frames twice at random';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'probability';
  static readonly counters = { packets: 'frames that came', duplicated: 'frames that were sent twice' };
  static readonly drops = {};
  static readonly state = ['random'];
  static readonly uses = { nextRandom };

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  duplicated = 0;
  random = seededState();
  seed = 0;
  threshold = 0;
  private readonly drawnSeed: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.drawnSeed = context.random();
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.seed = options.seed ?? this.drawnSeed;
    this.threshold = thresholdOf(options.probability);
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    this.packets++;
    if (nextRandom(this.random, this.seed) < this.threshold) {
      this.duplicated++;
      engine.copy(frame, frame.direction);
    }
    return frame.direction;
  }
}
