import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { rateOption, sizeOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

const EXCESS = drop(0);
const MICRO = 1e6;
const DEFAULT_BURST_MICROS = 2000;
const DEFAULT_BURST_MIN = 10_000;

const config = z.strictObject({
  rate: rateOption.optional().describe('rate that conforms; either this or `increment`'),
  burst: sizeOption.optional().describe('with `rate`: bytes by which frames may run ahead of it'),
  increment: z
    .number()
    .min(0.001)
    .max(3.6e9)
    .optional()
    .describe('T: microseconds between frames of any length'),
  limit: z
    .number()
    .min(0)
    .max(3.6e9)
    .optional()
    .describe('with `increment`: tau, how much earlier one may come'),
  action: z.enum(['drop', 'mark']).default('drop').describe('what becomes of the excess'),
  mark: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(1)
    .describe('the mark that excess frames get with `action=mark`'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/**
 * The generic cell rate algorithm (ITU-T I.371 annex A, ATM Forum TM 4.0 §4.4.2) in its form as a continuous-state
 * leaky bucket, which answers the same as virtual scheduling: the theoretical arrival time is `last` + `level`. With
 * `rate` the increment of a frame is its length's time, and levels are counted in millionths of a byte: every sum is exact.
 */
export class Policer implements Block {
  static readonly kind = 'policer';
  static readonly summary = 'lets pass what conforms to a rate; drops or marks the excess';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rate';
  static readonly counters = {
    packets: 'frames that conformed',
    bytes: 'their bytes',
    excess: 'frames that came too early',
    excessBytes: 'bytes of these',
  };
  static readonly drops = { excess: 'it came too early for its rate' };
  static readonly state = ['level', 'last'];
  static readonly shared = true;
  static readonly uses = { EXCESS };

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  excess = 0;
  excessBytes = 0;
  /** X of the standard, at the time of the last frame that conformed (LCT). */
  level = 0;
  last = 0;
  /** How much of the level a microsecond takes away. */
  drain = 0;
  perFrame = 0;
  perByte = 0;
  limit = 0;
  marks = 0;
  mark = 0;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const { rate, burst, increment, limit } = options;
    if ((rate === undefined) === (increment === undefined)) {
      throw new QuipuError('bad-config', 'give either rate (with burst) or increment (with limit)');
    }
    if (rate === undefined ? burst !== undefined : limit !== undefined) {
      throw new QuipuError('bad-config', 'burst goes with rate, limit with increment');
    }
    this.spared = sparedWay(options.way);
    const before = { drain: this.drain, perByte: this.perByte };
    this.perByte = rate === undefined ? 0 : MICRO;
    if (rate !== undefined) {
      const byDefault = Math.max(DEFAULT_BURST_MIN, Math.ceil((rate * DEFAULT_BURST_MICROS) / 1e6));
      this.drain = rate;
      this.perFrame = 0;
      this.limit = (burst ?? byDefault) * MICRO;
    } else {
      this.drain = 1;
      this.perFrame = increment as number;
      this.limit = limit ?? 0;
    }
    // Counted in other units from now on: the same time.
    if (before.perByte !== this.perByte && this.level > 0) this.level *= this.drain / before.drain;
    this.marks = options.action === 'mark' ? 1 : 0;
    this.mark = options.mark;
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const now = engine.now();
    let level = this.level - (now - this.last) * this.drain;
    if (level < 0) level = 0;
    if (level > this.limit) {
      this.excess++;
      this.excessBytes += frame.length;
      if (this.marks === 0) return EXCESS;
      frame.mark = this.mark;
      return frame.direction;
    }
    this.level = level + this.perFrame + frame.length * this.perByte;
    this.last = now;
    this.packets++;
    this.bytes += frame.length;
    return frame.direction;
  }
}
