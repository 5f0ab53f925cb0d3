import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { nextRandom, seededState, thresholdOf } from '../seeded.js';
import { probabilityOption, seedOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const MAX_BITS = 16;

const config = z.strictObject({
  probability: probabilityOption.describe('that a frame is damaged'),
  bits: z.int().min(1).max(MAX_BITS).default(1).describe('bits turned in a damaged frame'),
  from: z.int().min(0).max(65_535).default(0).describe('offset of the first byte that may be hit'),
  seed: seedOption.describe('the same seed, the same damage; without it one is drawn'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/** Turns bits at random places of some frames. Mends no checksum: it is what checksums are there to find. */
export class Corrupt implements Block {
  static readonly kind = 'corrupt';
  static readonly summary = 'turns random bits of frames';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'probability';
  static readonly counters = { packets: 'frames that came', corrupted: 'frames with bits turned' };
  static readonly drops = {};
  static readonly state = ['random'];
  static readonly uses = { nextRandom, MAX_BITS };

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  corrupted = 0;
  random = seededState();
  seed = 0;
  threshold = 0;
  bits = 0;
  from = 0;
  private readonly drawnSeed: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.drawnSeed = context.random();
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.seed = options.seed ?? this.drawnSeed;
    this.threshold = thresholdOf(options.probability);
    this.bits = options.bits;
    this.from = options.from;
  }

  receive(frame: Frame): number {
    if (frame.direction === this.spared) return frame.direction;
    this.packets++;
    const span = frame.length - this.from;
    if (span > 0 && nextRandom(this.random, this.seed) < this.threshold) {
      this.corrupted++;
      for (let i = 0; i < MAX_BITS; i++) {
        if (i < this.bits) {
          const place = nextRandom(this.random, this.seed) % (8 * span);
          const offset = this.from + (place >>> 3);
          frame.setU8(offset, frame.u8(offset) ^ (1 << (place & 7)));
        }
      }
    }
    return frame.direction;
  }
}
