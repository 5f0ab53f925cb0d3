import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { sparedWay, wayOption } from '../way.js';

const LIMIT = 64;
const NO_HEADROOM = drop(0);

const config = z.strictObject({
  data: z
    .string()
    .regex(
      /^([0-9a-fA-F]{2}[ :]?){1,64}$/,
      `give 1 to ${LIMIT} bytes in hex, such as 0800 or 02:00:00:00:00:0a`,
    )
    .describe('the bytes, in hex'),
  way: wayOption.describe('which frames: up, down or both; the others pass as they are'),
});

/** Puts the same bytes in front of every frame. What is known about the frame (`protocol`, VLAN tag) stays. */
export class Prepend implements Block {
  static readonly kind = 'prepend';
  static readonly summary = 'puts the same bytes in front of every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'data';
  static readonly counters = { packets: 'frames that it has made longer' };
  static readonly drops = { 'no-headroom': 'no room left in front of the frame' };
  static readonly uses = { LIMIT, NO_HEADROOM };

  packets = 0;
  count = 0;
  readonly data = new Uint8Array(LIMIT);
  /** The direction of frames that pass as they are; -1: none do. */
  spared = -1;

  constructor(_context: unknown, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const digits = options.data.replace(/[ :]/g, '');
    this.count = digits.length / 2;
    for (let i = 0; i < this.count; i++) this.data[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    this.spared = sparedWay(options.way);
  }

  receive(frame: Frame): number {
    if (frame.direction === this.spared) return frame.direction;
    if (!frame.push(this.count)) return NO_HEADROOM;
    for (let i = 0; i < LIMIT; i++) {
      if (i === this.count) break;
      frame.setU8(i, this.data[i]);
    }
    this.packets++;
    return frame.direction;
  }

  /** The bytes as constants, four at a time. */
  inline(): string {
    const view = new DataView(this.data.buffer);
    const writes: string[] = [];
    let at = 0;
    for (; at + 4 <= this.count; at += 4) writes.push(`frame.setU32(${at}, ${view.getUint32(at)});`);
    for (; at < this.count; at++) writes.push(`frame.setU8(${at}, ${view.getUint8(at)});`);
    const spare = this.spared < 0 ? '' : `if (frame.direction === ${this.spared}) return ${this.spared};`;
    return `receive(frame) {
      ${spare}
      if (!frame.push(${this.count})) return NO_HEADROOM;
      ${writes.join('\n')}
      this.packets++;
      return frame.direction;
    }`;
  }
}
