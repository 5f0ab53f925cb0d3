import { z } from 'zod';
import type { Block, BlockContext, LinkPort } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';

const config = z.strictObject({
  engine: z
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe(
      'number of the engine, modulo how many there are; absent: the one behind the engine that has the frame',
    ),
  limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1024)
    .describe('frames that may wait for the next turn, where no other engine takes them'),
});

/**
 * Hands frames to another engine of the node, where they leave by the ports of this block as if nothing had happened:
 * the channels of Van Jacobson that seed 004 wishes for. Long work behind it is done there, or, in a node of one
 * engine, in the next turn, when other links have had theirs.
 */
export class Channel implements Block {
  static readonly kind = 'channel';
  static readonly summary = 'hands frames to another engine, or puts them off to the next turn';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'engine';
  static readonly counters = { packets: 'frames that came to be handed on', bytes: 'their bytes' };
  static readonly drops = { 'channel-full': 'too many frames waited already: the other side is behind' };

  packets = 0;
  bytes = 0;
  readonly other: LinkPort;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    const { engine, limit } = options;
    const spec = { kind: 'engine', ...(engine === undefined ? {} : { engine }) };
    this.other = context.openLink(spec, { direction: INGRESS, queueLimit: limit });
  }

  receive(frame: Frame): number {
    this.packets++;
    this.bytes += frame.length;
    return this.other.transmit(frame);
  }
}
