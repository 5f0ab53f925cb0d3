import { z } from 'zod';
import { type CompiledFilter, inlineSource } from '../../bpf/compile.js';
import { filterHelpers } from '../../bpf/emit.js';
import type { Program } from '../../bpf/opcodes.js';
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
    .describe(
      'an expression ("tcp port 80"), or classic BPF as tuples ("{ 0x28, 0, 0, 12 }, …"); without it all pass',
    ),
  run: z.enum(['compiled', 'interpreted']).default('compiled').describe('how the filter is run'),
});

/**
 * The Berkeley Packet Filter block (seed 004 §5.4.3): frames of either direction pass it or end in it.
 * A filter that answers fewer bytes than the frame has cuts it to that length.
 */
export class Bpf implements Block {
  static readonly kind = 'bpf';
  static readonly summary = 'lets pass what a filter expression or a classic BPF program accepts';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'filter';
  static readonly counters = {
    packets: 'frames that passed the filter',
    bytes: 'their bytes, as they left',
    filtered: 'frames that it refused',
  };
  static readonly drops = { filtered: 'the filter refused it' };
  static readonly uses = { FILTERED, ...filterHelpers };
  /** The filter is a function of its own; `inline` has it as code. */
  static readonly portable = false;

  packets = 0;
  bytes = 0;
  filtered = 0;
  run: CompiledFilter | null = null;
  readonly random: Random;
  private readonly memory: Uint8Array;
  /** What is run; null: everything passes. */
  private program: Program | null = null;
  private compiled = true;
  private readonly log: (text: string) => void;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.random = context.random;
    this.memory = context.pool.memory;
    this.log = (text) => context.log(text);
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    if (options.filter === undefined) {
      this.run = null;
      this.program = null;
      return;
    }
    const program = loadProgram(options.filter);
    this.run = runnerOf(program, options.run, this.memory);
    this.program = program;
    this.compiled = options.run === 'compiled';
    logProgram(program, this.log);
  }

  /** The filter's instructions between the counters; null where it is to be interpreted, long, or draws random numbers. */
  inline(): string | null {
    if (!this.compiled && this.program !== null) return null;
    const filter = this.program === null ? '' : inlineSource(this.program);
    return filter === null ? null : method(filter);
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

/** `receive` with the statements of a filter, as `inlineSource` makes them, in it; without any it lets all pass. */
function method(filter: string): string {
  const counts = 'this.packets++;\nthis.bytes += frame.length;\nreturn frame.direction;';
  if (filter === '') return `receive(frame) {\n${counts}\n}`;
  const keeps = /\bkeep\b/.test(filter);
  return `receive(frame) {
${keeps ? 'let keep = 0xffffffff;\n' : ''}accept: {
refuse: {
${filter}
}
this.filtered++;
return FILTERED;
}
${keeps ? 'if (keep < frame.length) frame.truncate(keep);\n' : ''}${counts}
}`;
}
