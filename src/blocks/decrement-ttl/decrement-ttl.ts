import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';
import { withFixedOffset } from '../fixed-offset.js';

const EXPIRED_PORT = 2;
const LEAST = IPV4_HEADER;
const TOO_SHORT = drop(0);
const EXPIRED = drop(1);

const config = z.strictObject({
  offset: z.int().min(0).max(256).default(0).describe('where the IP header begins in the frame, in bytes'),
});

/**
 * Takes one from the time to live of IPv4 packets and mends the header checksum by the difference (RFC 1624, equation
 * 3). A packet whose last hop this was leaves as it came by `ingress1` (RFC 1812 §5.3.1).
 */
export class DecrementTtl implements Block {
  static readonly kind = 'decrement-ttl';
  static readonly summary = 'takes one from the time to live of IPv4 packets';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'offset';
  static readonly counters = {
    packets: 'packets that go on',
    expired: 'packets that arrived with a time to live of 1 or 0',
  };
  static readonly drops = {
    'too-short': 'shorter than an IPv4 header',
    'ttl-expired': 'its time to live has run out, and nothing is bound to ingress1',
  };
  static readonly uses = { EXPIRED_PORT, LEAST, TOO_SHORT, EXPIRED };

  packets = 0;
  expired = 0;
  offset = 0;
  readonly ports: Int32Array;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.offset = options.offset;
  }

  inline(): string {
    return withFixedOffset(this);
  }

  receive(frame: Frame): number {
    if (frame.length < this.offset + LEAST) return TOO_SHORT;
    // Time to live, protocol and checksum, in one word.
    const word = frame.u32(this.offset + 8) | 0;
    if (word >>> 24 <= 1) {
      this.expired++;
      return this.ports[EXPIRED_PORT] !== 0 ? EXPIRED_PORT : EXPIRED;
    }
    // ~HC + ~m + m', where m' is m - 0x0100.
    let sum = (~word & 0xffff) + 0xfeff;
    sum = (sum & 0xffff) + (sum >>> 16);
    frame.setU32(this.offset + 8, ((word - 0x01000000) & 0xffff0000) | (~sum & 0xffff));
    this.packets++;
    return frame.direction;
  }
}
