import { z } from 'zod';
import type { Block, BlockContext, LinkPort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';

const NOT_IP = drop(0);
const IPV4 = 4;
const IPV6 = 6;

const config = z.strictObject({
  link: z
    .union([z.string().min(1), z.looseObject({ kind: z.string() })], {
      error: 'name a device, or give a link as an object with its kind and options',
    })
    .describe('a device name, or a link: kind and options'),
  queue: z.int().min(1).max(1_000_000).default(1024).describe('packets that may wait for a busy link'),
});

/** A link whose frames are IP packets, with nothing in front of them: TUN, and what else has no hardware addresses. */
export class IpLink implements Block {
  static readonly kind = 'ip-link';
  static readonly summary =
    'a link with bare IP packets: where they enter and leave the node without a link header';
  static readonly mode = 'source';
  static readonly ports = { ingress: 1, egress: 0 };
  static readonly config = config;
  static readonly mainOption = 'link';
  static readonly counters = {
    received: 'packets from the link that were passed up',
    receivedBytes: 'their bytes',
    transmitted: 'packets handed to the link',
    transmittedBytes: 'their bytes',
  };
  static readonly drops = {
    'not-ip': 'neither IPv4 nor IPv6 by its first four bits',
  };
  static readonly uses = { EGRESS, INGRESS, NOT_IP, IPV4, IPV6 };

  received = 0;
  receivedBytes = 0;
  transmitted = 0;
  transmittedBytes = 0;
  readonly link: LinkPort;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    const { link, queue } = options;
    const spec = typeof link === 'string' ? { kind: 'af-packet', device: link } : link;
    this.link = context.openLink(spec, { direction: INGRESS, queueLimit: queue });
    const { address, target } = this.link.link;
    if (address !== null) {
      throw new QuipuError(
        'no-support',
        `${target} has a hardware address: its frames have link headers, use the block ethernet`,
      );
    }
  }

  receive(frame: Frame): number {
    const version = frame.u8(0) >>> 4;
    if (version !== IPV4 && version !== IPV6) return NOT_IP;
    // What another block hands over is to be sent, whichever way it came: so a link can be tied to a link.
    if (frame.direction === EGRESS || frame.hops > 1) {
      frame.direction = EGRESS;
      this.transmitted++;
      this.transmittedBytes += frame.length;
      return this.link.transmit(frame);
    }
    this.received++;
    this.receivedBytes += frame.length;
    return INGRESS;
  }
}
