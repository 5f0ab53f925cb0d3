import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';

/** Passes every frame on and does nothing else: the seed's dummy block (004 §5.4.6). */
export class Forward implements Block {
  static readonly kind = 'forward';
  static readonly summary = 'passes every frame on; no work, no counters';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = {};
  static readonly drops = {};

  receive(frame: Frame): number {
    return frame.direction;
  }
}
