import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { periodOption, rateOption } from '../units.js';
import { sparedWay, wayOption } from '../way.js';

/** Weight of the last period in the average. */
const WEIGHT = 0.125;
/** After so many periods without a frame nothing is left of the average: less than 0.02 %. */
const FORGOTTEN = 64;
/** Ports of frames above the threshold: ingress 1 is 2, egress 1 is 3. */
const ABOVE = 2;

const config = z.strictObject({
  threshold: rateOption.describe('rate that tells below from above'),
  period: periodOption.default(10_000).describe('how long bytes are counted for one sample'),
  way: wayOption.describe('direction of the frames it works on; the others pass'),
});

/**
 * Measures the rate of what passes as an exponentially weighted moving average of the bytes in each period, weight 1/8,
 * and sends frames by other ports while it is above the threshold.
 */
export class Meter implements Block {
  static readonly kind = 'meter';
  static readonly summary = 'measures the rate and parts frames below a threshold from those above';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 2 };
  static readonly config = config;
  static readonly mainOption = 'threshold';
  static readonly counters = {
    packets: 'frames that left while the rate was below the threshold',
    bytes: 'their bytes',
    above: 'frames that left while it was above',
    aboveBytes: 'bytes of these',
  };
  static readonly drops = {};
  static readonly state = ['average', 'current', 'begin'];
  static readonly shared = true;
  static readonly uses = { WEIGHT, FORGOTTEN, ABOVE };

  packets = 0;
  /** Direction of frames that just pass; -1: none. */
  spared = -1;
  bytes = 0;
  above = 0;
  aboveBytes = 0;
  /** Bytes per second. */
  average = 0;
  /** Bytes since the period began, and when that was. */
  current = 0;
  begin = 0;
  period = 0;
  threshold = 0;
  /** Bytes in a period to bytes per second. */
  scale = 0;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.spared = sparedWay(options.way);
    this.threshold = options.threshold;
    this.period = options.period;
    this.scale = 1e6 / options.period;
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === this.spared) return frame.direction;
    const elapsed = engine.now() - this.begin;
    if (elapsed >= this.period) {
      if (elapsed >= FORGOTTEN * this.period) {
        this.average = 0;
        this.begin += elapsed;
      } else {
        const periods = (elapsed / this.period) | 0;
        this.average += (this.current * this.scale - this.average) * WEIGHT;
        for (let i = 1; i < FORGOTTEN; i++) if (i < periods) this.average -= this.average * WEIGHT;
        this.begin += periods * this.period;
      }
      this.current = 0;
    }
    this.current += frame.length;
    if (this.average > this.threshold) {
      this.above++;
      this.aboveBytes += frame.length;
      return frame.direction + ABOVE;
    }
    this.packets++;
    this.bytes += frame.length;
    return frame.direction;
  }

  details(): Readonly<Record<string, unknown>> {
    return { rate: Math.round(this.average) };
  }
}
