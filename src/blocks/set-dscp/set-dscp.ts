import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';
import { withFixedOffset } from '../fixed-offset.js';
import { codePoint } from './code-point.js';

const LEAST = IPV4_HEADER;
const TOO_SHORT = drop(0);

const config = z.strictObject({
  dscp: z
    .union([z.int().min(0).max(63), z.string()], { error: 'write 0 to 63, or a name such as EF, AF41, CS1' })
    .describe('code point: 0 to 63, or its name (EF, AF11 to AF43, CS0 to CS7, VA, LE)'),
  offset: z.int().min(0).max(256).default(0).describe('where the IP header begins in the frame, in bytes'),
});

/** Writes the differentiated services code point of IPv4 packets (RFC 2474 §3); the two ECN bits stay. */
export class SetDscp implements Block {
  static readonly kind = 'set-dscp';
  static readonly summary = 'writes the differentiated services code point of IPv4 packets';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'dscp';
  static readonly counters = { packets: 'packets that passed', changed: 'those that had another code point' };
  static readonly drops = { 'too-short': 'shorter than an IPv4 header' };
  static readonly uses = { LEAST, TOO_SHORT };

  packets = 0;
  changed = 0;
  offset = 0;
  /** The code point where it stands in the header's first word. */
  bits = 0;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.bits = codePoint(options.dscp) << 2;
    this.offset = options.offset;
  }

  inline(): string {
    return withFixedOffset(this);
  }

  receive(frame: Frame): number {
    if (frame.length < this.offset + LEAST) return TOO_SHORT;
    const before = frame.u16(this.offset);
    const after = (before & 0xff03) | this.bits;
    if (before !== after) {
      frame.setU16(this.offset, after);
      // RFC 1624, equation 3: ~HC + ~m + m'.
      let sum = (~frame.u16(this.offset + 10) & 0xffff) + (~before & 0xffff) + after;
      sum = (sum & 0xffff) + (sum >>> 16);
      sum = (sum & 0xffff) + (sum >>> 16);
      frame.setU16(this.offset + 10, ~sum & 0xffff);
      this.changed++;
    }
    this.packets++;
    return frame.direction;
  }
}
