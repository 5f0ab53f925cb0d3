import { z } from 'zod';
import type { CompiledFilter } from '../../bpf/compile.js';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Random } from '../../contract/clock.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { loadProgram, logProgram, runnerOf } from '../filter.js';

const FILTERED = drop(0);

const config = z.strictObject({
  filter: z
    .string()
    .optional()
    .describe('classic BPF as tuples: "{ 0x28, 0, 0, 0x0000000c }, …"; without it all frames pass'),
  run: z.enum(['compiled', 'interpreted']).default('compiled').describe('how the filter is run'),
});

/**
 * The Berkeley Packet Filter block (seed 004 §5.4.3): frames of either direction pass it or end in it.
 * A filter that answers fewer bytes than the frame has cuts it to that length.
 */
export class Bpf implements Block {
  static readonly kind = 'bpf';
  static readonly summary = 'lets pass what a classic BPF program accepts';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly counters = {
    packets: 'frames that passed the filter',
    bytes: 'their bytes, as they left',
    filtered: 'frames that it refused',
  };
  static readonly drops = { filtered: 'the filter refused it' };
  static readonly uses = { FILTERED };
  /** The filter is a function of its own. */
  static readonly portable = false;

  packets = 0;
  bytes = 0;
  filtered = 0;
  run: CompiledFilter | null = null;
  readonly random: Random;
  private readonly log: (text: string) => void;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.random = context.random;
    this.log = (text) => context.log(text);
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    if (options.filter === undefined) {
      this.run = null;
      return;
    }
    const program = loadProgram(options.filter);
    this.run = runnerOf(program, options.run);
    logProgram(program, this.log);
  }

  receive(frame: Frame): number {
    if (this.run !== null) {
      const keep = this.run(frame, this.random);
      if (keep === 0) {
        this.filtered++;
        return FILTERED;
      }
      if (keep < frame.length) frame.truncate(keep);
    }
    this.packets++;
    this.bytes += frame.length;
    return frame.direction;
  }
}
