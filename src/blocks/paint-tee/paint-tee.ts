import { z } from 'zod';
import type { Block, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { checkColor, colorOptions } from '../color.js';

/** From the port of frames to that of the copies. */
const COPIES = 2;

const config = z.strictObject({
  color: colorOptions.color.describe('the mark of which frames are copied'),
  mask: colorOptions.mask.describe('bits of the mark that are compared'),
});

/**
 * Passes every frame on, and of those with a colour a copy by the second port of their direction. In a router it finds
 * what leaves by the interface that it came from, and gives an `icmp-error` the copy to tell of a better way.
 */
export class PaintTee implements Block {
  static readonly kind = 'paint-tee';
  static readonly summary = 'passes every frame on and copies those that paint has marked with a colour';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 2 };
  static readonly config = config;
  static readonly counters = { packets: 'frames that came', copies: 'frames with the colour, each copied' };
  static readonly drops = {};
  static readonly uses = { COPIES };

  packets = 0;
  copies = 0;
  color = 0;
  mask = 0;

  constructor(_context: unknown, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    checkColor(options);
    this.color = options.color | 0;
    this.mask = options.mask | 0;
  }

  receive(frame: Frame, engine: EnginePort): number {
    this.packets++;
    if ((frame.mark & this.mask) === this.color) {
      this.copies++;
      engine.copy(frame, COPIES + frame.direction);
    }
    return frame.direction;
  }
}
