import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { withFixedOffset } from '../fixed-offset.js';
import { addressNumber } from '../ipv4-prefix.js';
import { processOptions } from './process-options.js';

const BAD_OPTION = drop(0);
/** First octets: version 4 with a header of five words, which has no options, and of sixteen, which cannot be. */
const PLAIN = 0x45;
const BEYOND = 0x50;

const config = z.strictObject({
  address: z.string().describe('address that is written into the options: that of the interface ahead'),
  offset: z.int().min(0).max(256).default(0).describe('where the IP header begins in the frame, in bytes'),
});

/**
 * A gateway's part in IPv4 options (RFC 791 §3.1, RFC 1812 §5.2.4): it writes its address into a recorded route and its
 * time into timestamps. Source routes are left as they are, like all other options.
 */
export class IpOptions implements Block {
  static readonly kind = 'ip-options';
  static readonly summary = 'records route and time in the options of IPv4 packets';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'address';
  static readonly counters = {
    packets: 'packets that passed',
    withOptions: 'those that had options',
  };
  static readonly drops = { 'bad-option': 'its options do not fit into its header, or are no options' };
  static readonly uses = { BAD_OPTION, BEYOND, PLAIN, processOptions };

  packets = 0;
  withOptions = 0;
  address = 0;
  offset = 0;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.address = addressNumber(options.address, 'address') | 0;
    this.offset = options.offset;
  }

  inline(): string {
    return withFixedOffset(this);
  }

  receive(frame: Frame, engine: EnginePort): number {
    const first = frame.u8(this.offset);
    if (first > PLAIN && first < BEYOND) {
      this.withOptions++;
      if (!processOptions(frame, this.offset, this.address, engine.now())) return BAD_OPTION;
    }
    this.packets++;
    return frame.direction;
  }
}
