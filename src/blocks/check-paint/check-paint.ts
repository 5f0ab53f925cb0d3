import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { checkColor, colorOptions } from '../color.js';

/** From the port of frames with the colour to that of the others. */
const OTHER = 2;
const OTHER_COLOR = drop(0);

const config = z.strictObject({
  color: colorOptions.color.describe('the mark that is looked for'),
  mask: colorOptions.mask.describe('bits of the mark that are compared'),
});

/**
 * Tells frames by their mark. Those with the colour go on; the others leave by the second port of their direction when
 * it is bound, else they are dropped.
 */
export class CheckPaint implements Block {
  static readonly kind = 'check-paint';
  static readonly summary =
    'passes frames that paint has marked with a colour and parts the others from them';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 2 };
  static readonly config = config;
  static readonly mainOption = 'color';
  static readonly counters = {
    packets: 'frames with the colour',
    others: 'frames of another colour, dropped or not',
  };
  static readonly drops = { 'other-color': 'it has another colour, and no port for these is bound' };
  static readonly uses = { OTHER, OTHER_COLOR };

  packets = 0;
  others = 0;
  color = 0;
  mask = 0;
  readonly ports: Int32Array;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    checkColor(options);
    this.color = options.color | 0;
    this.mask = options.mask | 0;
  }

  receive(frame: Frame): number {
    if ((frame.mark & this.mask) === this.color) {
      this.packets++;
      return frame.direction;
    }
    this.others++;
    return this.ports[OTHER + frame.direction] !== 0 ? OTHER + frame.direction : OTHER_COLOR;
  }
}
