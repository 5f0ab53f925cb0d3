import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED } from '../../contract/outcome.js';

/** The end of the road: takes every frame and counts it. */
export class Discard implements Block {
  static readonly kind = 'discard';
  static readonly summary = 'ends every frame that reaches it';
  static readonly mode = 'sink';
  static readonly ports = { ingress: 0, egress: 0 };
  static readonly config = z.strictObject({});
  static readonly counters = { packets: 'frames that ended here', bytes: 'their bytes' };
  static readonly drops = {};
  static readonly uses = { CONSUMED };

  packets = 0;
  bytes = 0;

  receive(frame: Frame): number {
    this.packets++;
    this.bytes += frame.length;
    return CONSUMED;
  }
}
