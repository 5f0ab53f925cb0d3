import { z } from 'zod';
import type { CompiledFilter } from '../../bpf/compile.js';
import type { Block, BlockContext, LinkPort } from '../../contract/block.js';
import type { Random } from '../../contract/clock.js';
import { EGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { loadProgram, runnerOf } from '../filter.js';

const FILTERED = drop(0);

const config = z.strictObject({
  channel: z
    .int()
    .min(1)
    .describe('number of the shared-memory channel to the application; openSocket() makes it'),
  filter: z
    .string()
    .optional()
    .describe('classic BPF as tuples; frames that it refuses never reach the application'),
});

/**
 * An application's end point in the graph, after the seed's PF_LANA (004 §5.4.7). Frames that come up are put into the
 * application's receive ring, and dropped (`queue-full`) when it is full; what the application sends goes down.
 */
export class Socket implements Block {
  static readonly kind = 'socket';
  static readonly summary = 'the graph’s end of an application’s socket';
  static readonly mode = 'source';
  static readonly ports = { ingress: 0, egress: 1 };
  static readonly config = config;
  static readonly counters = {
    received: 'frames passed towards the application',
    receivedBytes: 'their bytes',
    sent: 'frames that the application sent',
    sentBytes: 'their bytes',
  };
  static readonly drops = { filtered: 'the filter attached to the socket refused it' };
  static readonly uses = { EGRESS, FILTERED };
  static readonly portable = false;

  received = 0;
  receivedBytes = 0;
  sent = 0;
  sentBytes = 0;
  run: CompiledFilter | null = null;
  readonly channel: number;
  readonly application: LinkPort;
  readonly random: Random;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.random = context.random;
    this.channel = options.channel;
    this.configure(options);
    this.application = context.openLink({ kind: 'shared', channel: options.channel }, { direction: EGRESS });
  }

  /** Attaches or detaches the filter (SO_ATTACH_FILTER). The channel stays what it is. */
  configure(options: z.infer<typeof config>): void {
    if (options.channel !== this.channel) {
      throw new QuipuError('bad-config', 'channel: a socket keeps its channel for life; open another socket');
    }
    this.run = options.filter === undefined ? null : runnerOf(loadProgram(options.filter), 'compiled');
  }

  receive(frame: Frame): number {
    if (frame.direction === EGRESS) {
      this.sent++;
      this.sentBytes += frame.length;
      return EGRESS;
    }
    if (this.run !== null) {
      const keep = this.run(frame, this.random);
      if (keep === 0) return FILTERED;
      if (keep < frame.length) frame.truncate(keep);
    }
    this.received++;
    this.receivedBytes += frame.length;
    return this.application.transmit(frame);
  }
}
