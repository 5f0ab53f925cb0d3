import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';

const OUTPUTS = 16;
const OFF = drop(0);

const config = z.strictObject({
  output: z
    .int()
    .min(-1)
    .max(OUTPUTS - 1)
    .default(0)
    .describe('index of the ingress port by which frames go up; -1 drops them'),
});

/** Sends everything that comes up by one port, which `set` changes while frames flow. Downwards it passes on. */
export class Switch implements Block {
  static readonly kind = 'switch';
  static readonly summary = 'sends everything up by one port of its choice, or drops it';
  static readonly mode = 'dual';
  static readonly ports = { ingress: OUTPUTS, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'output';
  static readonly counters = { packets: 'frames sent up by the chosen port' };
  static readonly drops = { off: 'the switch is off: its output is -1' };
  static readonly uses = { EGRESS, OFF };

  packets = 0;
  output = 0;

  constructor(_context: unknown, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.output = options.output;
  }

  receive(frame: Frame): number {
    if (frame.direction === EGRESS) return EGRESS;
    if (this.output < 0) return OFF;
    this.packets++;
    return 2 * this.output;
  }

  /** The port as a constant, so that an engine knows which block comes next. */
  inline(): string {
    const up = this.output < 0 ? 'return OFF;' : `this.packets++; return ${2 * this.output};`;
    return `receive(frame) { if (frame.direction === EGRESS) return EGRESS; ${up} }`;
  }
}
