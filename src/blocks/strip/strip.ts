import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { sparedWay, wayOption } from '../way.js';

const TOO_SHORT = drop(0);

const config = z.strictObject({
  bytes: z.int().min(1).max(65535).describe('how many bytes to take off'),
  way: wayOption.describe('which frames: up, down or both; the others pass as they are'),
});

/** Takes bytes off the front of a frame. What is known about the frame (`protocol`, VLAN tag) stays. */
export class Strip implements Block {
  static readonly kind = 'strip';
  static readonly summary = 'takes a number of bytes off the front of every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'bytes';
  static readonly counters = { packets: 'frames that it has made shorter' };
  static readonly drops = { 'too-short': 'it has fewer bytes than are to be taken off' };
  static readonly uses = { TOO_SHORT };

  packets = 0;
  bytes = 0;
  /** The direction of frames that pass as they are; -1: none do. */
  spared = -1;

  constructor(_context: unknown, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.bytes = options.bytes;
    this.spared = sparedWay(options.way);
  }

  receive(frame: Frame): number {
    if (frame.direction === this.spared) return frame.direction;
    if (!frame.pull(this.bytes)) return TOO_SHORT;
    this.packets++;
    return frame.direction;
  }
}
