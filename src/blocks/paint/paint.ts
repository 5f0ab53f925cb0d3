import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { checkColor, colorOptions } from '../color.js';

const config = z.strictObject({
  color: colorOptions.color.describe('what the mark of every frame becomes'),
  mask: colorOptions.mask.describe('bits of the mark that are set; the others stay as they are'),
});

/** Sets the mark of every frame, both ways, and passes it on. Copies keep it; it does not leave the node. */
export class Paint implements Block {
  static readonly kind = 'paint';
  static readonly summary = 'marks every frame with a colour';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'color';
  static readonly counters = { packets: 'frames that it has marked, either way' };
  static readonly drops = {};

  packets = 0;
  color = 0;
  /** Bits of the mark that stay. */
  keep = 0;

  constructor(_context: unknown, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    checkColor(options);
    this.color = options.color;
    this.keep = ~options.mask;
  }

  receive(frame: Frame): number {
    this.packets++;
    frame.mark = ((frame.mark & this.keep) | this.color) >>> 0;
    return frame.direction;
  }
}
