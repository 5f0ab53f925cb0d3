import { z } from 'zod';
import type { Block, BlockContext, LinkPort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import type { LinkSpec } from '../../contract/link.js';
import { drop } from '../../contract/outcome.js';
import { groupBase } from '../../contract/port.js';

const PORTS = { ingress: 1, egress: 0, group: { name: 'tag', count: 256 } } as const;
const TAG_BASE = groupBase(PORTS);
const HEADER = 14;
const OTHER_HOST = PacketType.otherHost;
const TOO_SHORT = drop(0);
const BAD_SOURCE = drop(1);
const NOT_FOR_US = drop(2);

/** Hardware types with an Ethernet header (linux/if_arp.h): Ethernet and loopback. */
const ETHERNET_LIKE = [1, 772];

const config = z.strictObject({
  link: z
    .union([z.string().min(1), z.looseObject({ kind: z.string() })], {
      error: 'name a device, or give a link as an object with its kind and options',
    })
    .describe('a device name, or a link: kind and options'),
  promiscuous: z.boolean().default(false).describe('also take frames that are addressed to other hosts'),
  exclusive: z.boolean().optional().describe('withhold the frames from the kernel (needs TCX: Linux 6.6)'),
  queue: z.int().min(1).max(1_000_000).default(1024).describe('frames that may wait for a busy link'),
});

/**
 * The simple Ethernet block of the vlink layer (seed 004 §5.4.1): the place where frames of one link come in and go
 * out. Frames tagged for a virtual device (EtherType 0xAC00 + id, §5.4.2) leave by port `tag<id>` when it is bound.
 */
export class Ethernet implements Block {
  static readonly kind = 'ethernet';
  static readonly summary = 'a link with Ethernet frames: where they enter and leave the node';
  static readonly mode = 'source';
  static readonly ports = PORTS;
  static readonly config = config;
  static readonly mainOption = 'link';
  static readonly counters = {
    received: 'frames from the link that were passed up',
    receivedBytes: 'their bytes',
    transmitted: 'frames handed to the link',
    transmittedBytes: 'their bytes',
  };
  static readonly drops = {
    'too-short': 'shorter than an Ethernet header',
    'bad-source': 'its source address is a group address',
    'other-host': 'addressed to another host, and the block is not promiscuous',
  };
  static readonly uses = { EGRESS, INGRESS, HEADER, TAG_BASE, OTHER_HOST, TOO_SHORT, BAD_SOURCE, NOT_FOR_US };

  received = 0;
  receivedBytes = 0;
  transmitted = 0;
  transmittedBytes = 0;
  readonly ports: Int32Array;
  readonly link: LinkPort;
  readonly promiscuous: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.promiscuous = options.promiscuous ? 1 : 0;
    this.link = context.openLink(linkSpec(options), { direction: INGRESS, queueLimit: options.queue });
    const { hardwareType, target } = this.link.link;
    if (!ETHERNET_LIKE.includes(hardwareType)) {
      throw new QuipuError(
        'no-support',
        `${target} has hardware type ${hardwareType}, not Ethernet (1): the ethernet block cannot hook it`,
      );
    }
  }

  /** Without what this block, as it is bound and configured, never does. */
  inline(): string {
    const tags = [...this.ports.keys()].filter((port) => port >= TAG_BASE && this.ports[port] !== 0);
    const tagged = tags.map(
      (port) => `if (frame.u16(12) === ${0xac00 + port - TAG_BASE}) {
        this.received++;
        this.receivedBytes += frame.length;
        return ${port};
      }`,
    );
    return `receive(frame) {
      if (frame.length < HEADER) return TOO_SHORT;
      if (frame.direction === EGRESS || frame.hops > 1) {
        frame.direction = EGRESS;
        this.transmitted++;
        this.transmittedBytes += frame.length;
        return this.link.transmit(frame);
      }
      if ((frame.u8(6) & 1) !== 0) return BAD_SOURCE;
      ${tagged.join('\n      ')}
      ${this.promiscuous === 0 ? 'if (frame.packetType === OTHER_HOST) return NOT_FOR_US;' : ''}
      this.received++;
      this.receivedBytes += frame.length;
      return INGRESS;
    }`;
  }

  receive(frame: Frame): number {
    if (frame.length < HEADER) return TOO_SHORT;
    // What another block hands over is to be sent, whichever way it came: so a link can be tied to a link.
    if (frame.direction === EGRESS || frame.hops > 1) {
      frame.direction = EGRESS;
      this.transmitted++;
      this.transmittedBytes += frame.length;
      return this.link.transmit(frame);
    }
    if ((frame.u8(6) & 1) !== 0) return BAD_SOURCE;
    const type = frame.u16(12);
    if ((type & 0xff00) === 0xac00 && this.ports[TAG_BASE + (type & 0xff)] !== 0) {
      // For a virtual device, whose address is not the link's: Linux checks it behind that device.
      this.received++;
      this.receivedBytes += frame.length;
      return TAG_BASE + (type & 0xff);
    }
    if (frame.packetType === OTHER_HOST && this.promiscuous === 0) return NOT_FOR_US;
    this.received++;
    this.receivedBytes += frame.length;
    return INGRESS;
  }
}

function linkSpec(options: z.infer<typeof config>): LinkSpec {
  const { link, promiscuous, exclusive } = options;
  // What is not said is the link's to decide: some ways to take frames are exclusive by nature.
  const own = { promiscuous, ...(exclusive === undefined ? {} : { exclusive }) };
  if (typeof link === 'string') return { kind: 'af-packet', device: link, ...own };
  return link.kind === 'af-packet' ? { ...own, ...link } : link;
}
