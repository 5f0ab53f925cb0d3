import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';

const SKIPPED = drop(0);
const config = z.strictObject({ every: z.int().min(1).default(10).describe('one frame in so many passes') });

/** Lets one frame in `every` pass, to look at a busy path without drowning in it. */
export class Sampler implements Block {
  static readonly kind = 'sampler';
  static readonly summary = 'lets one frame in N pass';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly counters = { seen: 'frames that came' };
  static readonly drops = { skipped: 'not its turn' };
  static readonly uses = { SKIPPED };

  seen = 0;
  every = 1;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.every = options.every;
  }

  receive(frame: Frame): number {
    this.seen++;
    return this.seen % this.every === 0 ? frame.direction : SKIPPED;
  }
}
