import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';
import { withFixedOffset } from '../fixed-offset.js';
import { addressNumber, words } from '../ipv4-prefix.js';
import { MARTIANS, martianOctets, optionSum, SOURCE_BAD, sourceIsBad, TARGET_BAD } from './addresses.js';

const TOO_SHORT = drop(0);
const BAD_VERSION = drop(1);
const BAD_HEADER_LENGTH = drop(2);
const BAD_LENGTH = drop(3);
const BAD_CHECKSUM = drop(4);
const BAD_SOURCE = drop(5);
const BAD_DESTINATION = drop(6);

const LEAST = IPV4_HEADER;
const MOST_SOURCES = 256;

const config = z.strictObject({
  offset: z.int().min(0).max(256).default(0).describe('where the IP header begins in the frame, in bytes'),
  checksum: z.boolean().default(true).describe('whether the header checksum is checked'),
  martians: z
    .boolean()
    .default(true)
    .describe('whether addresses that no packet on a link may have are refused (RFC 1812 §5.3.7)'),
  badSources: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .describe('further source addresses to refuse: the broadcast addresses of the networks at hand'),
});

/**
 * Lets pass what has a right IPv4 header (RFC 1812 §5.2.2) and cuts off what the link has put behind the packet. The
 * frame begins with the header unless `offset` says otherwise.
 */
export class CheckIpHeader implements Block {
  static readonly kind = 'check-ip-header';
  static readonly summary = 'lets pass what has a right IPv4 header, and cuts off padding';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'offset';
  static readonly counters = { packets: 'packets that passed' };
  static readonly drops = {
    'too-short': 'shorter than an IPv4 header',
    'bad-version': 'its version is not 4',
    'bad-header-length': 'its header length is less than 20 bytes',
    'bad-length': 'its total length is less than its header, or more than there is',
    'bad-checksum': 'its header checksum is wrong',
    'bad-source': 'its source is no address of a host, or on the list of those refused',
    'bad-destination': 'its destination is on network 0 or the loopback network',
  };
  static readonly uses = {
    LEAST,
    TOO_SHORT,
    BAD_VERSION,
    BAD_HEADER_LENGTH,
    BAD_LENGTH,
    BAD_CHECKSUM,
    BAD_SOURCE,
    BAD_DESTINATION,
    SOURCE_BAD,
    TARGET_BAD,
    optionSum,
    sourceIsBad,
  };

  packets = 0;
  offset = 0;
  checksum = 1;
  /** By first octet: `SOURCE_BAD` and `TARGET_BAD`. */
  octets: Uint8Array = MARTIANS;
  badSources: Int32Array = new Int32Array(0);

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const sources = words(options.badSources).map((text) => addressNumber(text, 'badSources') | 0);
    if (sources.length > MOST_SOURCES)
      throw new QuipuError('bad-config', `badSources: ${sources.length} addresses, at most ${MOST_SOURCES}`);
    this.octets = martianOctets(options.martians, sources);
    this.badSources = Int32Array.from(sources);
    this.offset = options.offset;
    this.checksum = options.checksum ? 1 : 0;
  }

  inline(): string {
    return withFixedOffset(this);
  }

  receive(frame: Frame): number {
    if (frame.length < this.offset + LEAST) return TOO_SHORT;
    const first = frame.u32(this.offset) | 0;
    if (first >>> 28 !== 4) return BAD_VERSION;
    const header = (first >>> 22) & 60;
    if (header < LEAST) return BAD_HEADER_LENGTH;
    const total = first & 0xffff;
    if (total < header || total > frame.length - this.offset) return BAD_LENGTH;
    const source = frame.u32(this.offset + 12) | 0;
    const target = frame.u32(this.offset + 16) | 0;
    if (this.checksum !== 0) {
      const second = frame.u32(this.offset + 4) | 0;
      const third = frame.u32(this.offset + 8) | 0;
      let sum = (first >>> 16) + (first & 0xffff) + (second >>> 16) + (second & 0xffff);
      sum += (third >>> 16) + (third & 0xffff) + (source >>> 16) + (source & 0xffff);
      sum += (target >>> 16) + (target & 0xffff);
      if (header > LEAST) sum += optionSum(frame.bytes, frame.start + this.offset, header);
      sum = (sum & 0xffff) + (sum >>> 16);
      if ((sum & 0xffff) + (sum >>> 16) !== 0xffff) return BAD_CHECKSUM;
    }
    const octets = this.octets;
    if ((octets[source >>> 24] & SOURCE_BAD) !== 0 && sourceIsBad(octets, this.badSources, source))
      return BAD_SOURCE;
    if ((octets[target >>> 24] & TARGET_BAD) !== 0) return BAD_DESTINATION;
    if (total < frame.length - this.offset) frame.truncate(this.offset + total);
    this.packets++;
    return frame.direction;
  }
}
