import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_DESTINATION } from '../../wire/ipv4.js';
import { IPV6_DESTINATION } from '../../wire/ipv6.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { hostOption } from './options.js';

const NOT_FOR_US = drop(0);
const OTHER_HOST = drop(1);
const NOT_A_MEMBER = drop(2);
const HERE = INGRESS;
const ONWARD = INGRESS + 2;

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that decides between here and onward: behind the hook pre-routing. */
export function ipRouteType(hosts: Hosts): BlockClass {
  return class IpRoute implements Block {
    static readonly kind = 'ip-route';
    static readonly summary =
      'decides whether a packet is for this host (ingress) or to be passed on (ingress1)';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 2, egress: 0 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = { here: 'packets for this host', onward: 'packets to be passed on' };
    static readonly drops = {
      'not-for-us': 'for another host, and this one does not forward',
      'other-host': 'its frame was addressed to another host',
      'not-a-member': 'to a group that this host has not joined',
    };
    static readonly portable = false;

    here = 0;
    onward = 0;
    readonly host: Host;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
    }

    receive(frame: Frame): number {
      if (frame.packetType === PacketType.otherHost) return OTHER_HOST;
      const { bytes, start } = frame;
      const length = bytes[start] >>> 4 === 4 ? 4 : 16;
      const at = start + (length === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
      const toGroup = isGroup(bytes, at, length);
      if (toGroup && !this.host.isMember(frame.interfaceIndex, bytes, at, length)) return NOT_A_MEMBER;
      const toAll =
        frame.packetType === PacketType.broadcast &&
        length === 4 &&
        this.host.isBroadcast(frame.interfaceIndex, bytes, at);
      if (toGroup || toAll || this.host.isLocal(bytes, at, length)) {
        this.here++;
        return HERE;
      }
      if (!this.host.forwarding) return NOT_FOR_US;
      this.onward++;
      return ONWARD;
    }
  };
}
