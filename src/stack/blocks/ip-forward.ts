import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { readU16, writeU16 } from '../../wire/bytes.js';
import { updateChecksum } from '../../wire/checksum.js';
import { IPV4_CHECKSUM, IPV4_DESTINATION, IPV4_SOURCE } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_SOURCE } from '../../wire/ipv6.js';
import { longestPacket, mustStayWhole } from '../fragments/cut.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import { isLinkLocal } from '../source-selection.js';
import { hostOption } from './options.js';

const LINK_ONLY = drop(0);
/** Ports for what goes no further: senders are told of it. */
const EXPIRED = INGRESS;
const TOO_BIG = INGRESS + 2;
const NO_ROUTE = INGRESS + 4;

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that passes packets on to others: behind the hook forward. */
export function ipForwardType(hosts: Hosts): BlockClass {
  return class IpForward implements Block {
    static readonly kind = 'ip-forward';
    static readonly summary =
      'passes packets on, one hop nearer to their ends; back go those whose hops are used up (ingress), too big (ingress1), without route (ingress2)';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 3, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = { packets: 'packets passed on' };
    static readonly drops = {
      'link-only':
        'from or to an address that is of one link, or came to all on a link: no router passes it on',
    };
    static readonly portable = false;

    packets = 0;
    readonly host: Host;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
    }

    receive(frame: Frame): number {
      const { bytes, start } = frame;
      const isFour = bytes[start] >>> 4 === 4;
      const size = isFour ? 4 : 16;
      frame.circuit = 0; // it came by that one: routes tell where it goes
      const source = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
      const target = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
      if (frame.packetType !== PacketType.host) return LINK_ONLY;
      if (isOfLink(bytes, source, size) || isOfLink(bytes, target, size)) return LINK_ONLY;
      const hops = start + (isFour ? 8 : 7);
      if (bytes[hops] <= 1) return EXPIRED;
      const destination = this.host.destination(bytes, target, size);
      if (destination === null) return NO_ROUTE;
      if (longestPacket(frame) > destination.mtu && (!isFour || mustStayWhole(bytes, start))) {
        return TOO_BIG;
      }
      if (isFour) {
        const before = readU16(bytes, hops);
        bytes[hops]--;
        const sum = start + IPV4_CHECKSUM;
        writeU16(bytes, sum, updateChecksum(readU16(bytes, sum), before, readU16(bytes, hops)));
      } else bytes[hops]--;
      this.packets++;
      frame.direction = EGRESS;
      return EGRESS;
    }
  };
}

/** Addresses that mean nothing beyond one link, or one host (RFC 1812 §5.3.7, RFC 3927 §7, RFC 4291 §2.5). */
function isOfLink(bytes: Uint8Array, at: number, size: number): boolean {
  if (size === 4) {
    const first = bytes[at];
    return first === 0 || first === 127 || first >= 0xf0 || (first === 169 && bytes[at + 1] === 254);
  }
  if (isLinkLocal(bytes, at, size)) return true;
  for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 15] <= 1;
}
