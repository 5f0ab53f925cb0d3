import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { PROTOCOL_IGMP } from '../../wire/igmp.js';
import { isTunnelProtocol } from '../../wire/ipip.js';
import {
  ipv4Protocol,
  isIpv4Fragment,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../wire/ipv4.js';
import { ipv6HeaderLength, ipv6Protocol } from '../../wire/ipv6.js';
import { isMldType } from '../../wire/mld.js';
import { isNdpType } from '../../wire/ndp.js';
import { hostOption } from './options.js';

const FRAGMENT = drop(0);
const OTHER_PROTOCOL = drop(1);
const MALFORMED = drop(2);
const TCP = INGRESS;
const UDP = INGRESS + 2;
const ICMP = INGRESS + 4;
const NEIGHBOURS = INGRESS + 6;
const UNKNOWN = INGRESS + 8;
const GROUPS = INGRESS + 10;
const TUNNELS = INGRESS + 12;

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that hands packets to the protocols above IP: behind the hook local-in. */
export function ipDeliverType(): BlockClass {
  return class IpDeliver implements Block {
    static readonly kind = 'ip-deliver';
    static readonly summary =
      'hands packets for this host to TCP (ingress), UDP (ingress1), ICMP (ingress2), neighbour discovery (ingress3), the messages about groups (ingress5), and tunnels (ingress6); ingress4: other protocols';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 7, egress: 0 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = { packets: 'packets handed on' };
    static readonly drops = {
      fragment: 'a fragment',
      'other-protocol': 'ICMP or IGMP of the other family',
      malformed: 'extension headers that do not end within the packet',
    };
    static readonly portable = false;

    packets = 0;
    private readonly ports: Int32Array;

    constructor(context: BlockContext) {
      this.ports = context.ports;
    }

    receive(frame: Frame): number {
      const { bytes, start, length } = frame;
      let protocol: number;
      if (bytes[start] >>> 4 === 4) {
        if (isIpv4Fragment(bytes, start)) return FRAGMENT;
        protocol = ipv4Protocol(bytes, start);
      } else {
        const headers = ipv6HeaderLength(bytes, start, length);
        if (headers === 0) return MALFORMED;
        protocol = ipv6Protocol(bytes, start, headers);
        if (protocol === PROTOCOL_ICMPV6 && length > headers) {
          const type = bytes[start + headers];
          if (isNdpType(type) || isMldType(type)) {
            this.packets++;
            return isNdpType(type) ? NEIGHBOURS : GROUPS;
          }
        }
        // Each of them is the other family's.
        if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_IGMP) return OTHER_PROTOCOL;
      }
      this.packets++;
      if (protocol === PROTOCOL_TCP) return TCP;
      if (protocol === PROTOCOL_UDP) return UDP;
      if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) return ICMP;
      if (isTunnelProtocol(protocol) && this.ports[TUNNELS] !== 0) return TUNNELS;
      return protocol === PROTOCOL_IGMP ? GROUPS : UNKNOWN;
    }
  };
}
