import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';

/** Counts frames and their bytes, both ways, and passes them on (seed 004 §5.4.5). */
export class Counter implements Block {
  static readonly kind = 'counter';
  static readonly summary = 'counts packets and bytes and passes every frame on';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = {
    packets: 'frames that came through, either way',
    bytes: 'their bytes, link header included',
  };
  static readonly drops = {};

  packets = 0;
  bytes = 0;

  receive(frame: Frame): number {
    this.packets++;
    this.bytes += frame.length;
    return frame.direction;
  }
}
