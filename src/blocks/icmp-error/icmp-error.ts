import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { ETHERTYPE_IPV4 } from '../../wire/ethernet.js';
import { addressNumber, prefixNumbers, words } from '../ipv4-prefix.js';
import { Refusal, refusalOf } from './may-answer.js';
import { messageNames, messages } from './messages.js';
import { writeError } from './write-error.js';

const OFF_LINK = drop(5);
const LIMITED = drop(6);
const NO_FRAME_REASON = 7;
const NO_FRAME = drop(NO_FRAME_REASON);
const SECOND = 1_000_000;

const config = z.strictObject({
  type: z.enum(messageNames).describe(`the message: ${messageNames.join(', ')}`),
  source: z
    .union([z.string(), z.array(z.string())])
    .describe(
      'address that it comes from; of several, the n-th is for packets with mark n, the first for others',
    ),
  mtu: z.int().min(68).max(65_535).optional().describe('for must-fragment: MTU of the link ahead, in bytes'),
  network: z
    .string()
    .optional()
    .describe('for redirect: the prefix that both the sender and the gateway must belong to'),
  rate: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1000)
    .describe('most messages a second, on average; 0: no limit'),
  burst: z.int().min(1).max(1_000_000).default(50).describe('most messages at once'),
});

/**
 * Ends IPv4 packets and tells their senders why by ICMP (RFC 792, RFC 1812 §4.3 and §5.2.7). The frame begins with the IP header; so
 * does the message, which leaves the way that the packet was going, for a route to send it back.
 */
export class IcmpError implements Block {
  static readonly kind = 'icmp-error';
  static readonly summary = 'ends IPv4 packets and tells their senders why by ICMP';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'type';
  static readonly counters = { sent: 'messages sent' };
  static readonly drops = {
    'bad-packet': 'no whole IPv4 packet to tell anything about',
    'icmp-error': 'itself an ICMP message that is no request or answer',
    'to-group': 'it went to a broadcast or multicast address, of the link or of IP',
    'bad-source': 'its source is no address of a host',
    'later-fragment': 'a fragment, and not the first',
    'off-link': 'its sender or its next hop is not on the network that redirects are for',
    limited: 'more errors than the rate allows',
    'no-frame': 'the pool had no frame for the message, or only one too small',
  };
  static readonly uses = { CONSUMED, LIMITED, NO_FRAME, OFF_LINK };
  static readonly portable = false;

  sent = 0;
  type = 0;
  code = 0;
  /** The message's second word; for a redirect it is the next hop of the packet. */
  second = 0;
  isRedirect = false;
  network = 0;
  mask = 0;
  sources: Int32Array = new Int32Array(1);
  rate = 0;
  burst = 0;
  /** Messages that may be sent now, and when that was worked out. */
  tokens = 0;
  countedAt = 0;
  /** IP identification of the last message. */
  id = 0;
  readonly pool: FramePool;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.pool = context.pool;
    this.id = context.random() & 0xffff;
    this.configure(options);
    this.tokens = this.burst;
    this.countedAt = context.clock.now();
  }

  configure(options: z.infer<typeof config>): void {
    const sources = words(options.source).map((text) => addressNumber(text, 'source') | 0);
    if (sources.length === 0) throw new QuipuError('bad-config', 'source: there is no address');
    const { network, mask } = prefixNumbers(options.network ?? '0.0.0.0/0', 'network');
    if (options.mtu === undefined && options.type === 'must-fragment')
      throw new QuipuError('bad-config', 'mtu: must-fragment tells the MTU of the link ahead: give it');
    ({ type: this.type, code: this.code } = messages[options.type]);
    this.isRedirect = options.type === 'redirect';
    this.second = options.type === 'must-fragment' ? (options.mtu ?? 0) : 0;
    this.network = network;
    this.mask = mask;
    this.sources = Int32Array.from(sources);
    this.rate = options.rate;
    this.burst = options.burst;
  }

  receive(frame: Frame, engine: EnginePort): number {
    const refusal = refusalOf(frame);
    if (refusal !== Refusal.none) return drop(refusal);
    if (this.isRedirect && !this.isOnLink(frame)) return OFF_LINK;
    if (this.rate > 0 && !this.takeToken(engine.now())) return LIMITED;
    const own = engine.create();
    if (own === null) return NO_FRAME;
    const source = this.sources[frame.mark - 1] ?? this.sources[0];
    const second = this.isRedirect ? frame.nextHop : this.second;
    this.id = (this.id + 1) & 0xffff;
    if (!writeError(own, this.pool.maxLength, frame, source, this.id, this.type, this.code, second)) {
      engine.discard(own, NO_FRAME_REASON);
      return NO_FRAME;
    }
    own.protocol = ETHERTYPE_IPV4;
    own.direction = frame.direction;
    this.sent++;
    engine.emit(own, frame.direction);
    return CONSUMED;
  }

  /** A redirect is for a sender that can reach the better gateway itself (RFC 1812 §5.2.7.2). */
  private isOnLink(frame: Frame): boolean {
    if (frame.nextHop === 0) return false;
    return (frame.u32(12) & this.mask) === this.network && ((frame.nextHop | 0) & this.mask) === this.network;
  }

  /** RFC 1812 §4.3.2.8: a bucket of `burst` messages that fills at `rate`. */
  private takeToken(now: number): boolean {
    const gained = ((now - this.countedAt) * this.rate) / SECOND;
    this.tokens = Math.min(this.burst, this.tokens + Math.max(0, gained));
    this.countedAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
