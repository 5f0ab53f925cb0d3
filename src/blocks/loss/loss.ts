import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { nextRandom, seededState, thresholdOf } from '../seeded.js';
import { probabilityOption, seedOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const LOST = drop(0);

const config = z.strictObject({
  probability: probabilityOption.describe('of losing a frame, outside bursts'),
  burstStart: probabilityOption.default(0).describe('that a burst begins with a frame'),
  burstEnd: probabilityOption.default(0.5).describe('that a burst has ended when a frame comes'),
  burstLoss: probabilityOption.default(1).describe('of losing a frame in a burst'),
  seed: seedOption.describe('the same seed, the same losses; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/**
 * Loses frames at random: each by itself, or in bursts by the model of Gilbert (1960) and Elliott (1963), a Markov chain of
 * a good and a bad state with a loss probability each.
 */
export class Loss implements Block {
  static readonly kind = 'loss';
  static readonly summary = 'loses frames at random, singly or in bursts';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'probability';
  static readonly counters = { packets: 'frames that went on', lost: 'frames lost' };
  static readonly drops = { lost: 'lost at random, as the block was told to' };
  static readonly state = ['random', 'bad'];
  static readonly uses = { LOST, nextRandom };

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  lost = 0;
  random = seededState();
  /** 1 while in a burst. */
  bad = 0;
  seed = 0;
  goodLoss = 0;
  badLoss = 0;
  start = 0;
  end = 0;
  private readonly drawnSeed: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.drawnSeed = context.random();
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.seed = options.seed ?? this.drawnSeed;
    this.goodLoss = thresholdOf(options.probability);
    this.badLoss = thresholdOf(options.burstLoss);
    this.start = thresholdOf(options.burstStart);
    this.end = thresholdOf(options.burstEnd);
  }

  receive(frame: Frame): number {
    if (frame.direction === this.spared) return frame.direction;
    if (this.bad === 1) {
      if (nextRandom(this.random, this.seed) < this.end) this.bad = 0;
    } else if (this.start > 0) {
      if (nextRandom(this.random, this.seed) < this.start) this.bad = 1;
    }
    const threshold = this.bad === 1 ? this.badLoss : this.goodLoss;
    if (nextRandom(this.random, this.seed) < threshold) {
      this.lost++;
      return LOST;
    }
    this.packets++;
    return frame.direction;
  }
}
