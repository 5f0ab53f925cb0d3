import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4TotalLength,
  isIpv4,
  isIpv4ChecksumRight,
  PROTOCOL_ICMPV6,
} from '../../wire/ipv4.js';
import {
  IPV6_DESTINATION,
  IPV6_HEADER,
  IPV6_SOURCE,
  ipv6HopLimit,
  ipv6NextHeader,
  ipv6PayloadLength,
  isIpv6,
} from '../../wire/ipv6.js';
import { NDP_ADVERTISEMENT, NDP_HOP_LIMIT } from '../../wire/ndp.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { hostOption } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const BAD_SOURCE = drop(2);
const BAD_DESTINATION = drop(3);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that checks what comes in: in front of the hook pre-routing. */
export function ipInputType(hosts: Hosts): BlockClass {
  return class IpInput implements Block {
    static readonly kind = 'ip-input';
    static readonly summary = 'checks IP headers of packets that come in, and cuts padding off';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 1, egress: 0 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = { packets: 'packets whose header is right' };
    static readonly drops = {
      malformed: 'no whole IPv4 or IPv6 header, or longer than the frame',
      'bad-checksum': 'the checksum of its IPv4 header is wrong',
      'bad-source': 'its source is a group, all hosts on a network, this host itself, or a loopback address',
      'bad-destination': 'to a loopback address, or to none: such packets do not come from outside',
    };
    static readonly portable = false;

    packets = 0;
    readonly host: Host;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
    }

    receive(frame: Frame): number {
      const { bytes, start, length } = frame;
      if (bytes[start] >>> 4 === 4) {
        if (!isIpv4(bytes, start, length)) return MALFORMED;
        if (!isIpv4ChecksumRight(bytes, start)) return BAD_CHECKSUM;
        if (this.isBadSource(bytes, start + IPV4_SOURCE, 4)) return BAD_SOURCE;
        if (this.host.isBroadcast(frame.interfaceIndex, bytes, start + IPV4_SOURCE)) return BAD_SOURCE;
        if (isNowhere(bytes, start + IPV4_DESTINATION, 4)) return BAD_DESTINATION;
        frame.truncate(ipv4TotalLength(bytes, start));
      } else {
        if (!isIpv6(bytes, start, length)) return MALFORMED;
        // Who has an address of ours, too, says so from this very address.
        if (!isConflict(bytes, start) && this.isBadSource(bytes, start + IPV6_SOURCE, 16)) return BAD_SOURCE;
        if (isNowhere(bytes, start + IPV6_DESTINATION, 16)) return BAD_DESTINATION;
        frame.truncate(IPV6_HEADER + ipv6PayloadLength(bytes, start));
      }
      this.packets++;
      return INGRESS;
    }

    /** RFC 1122 §3.2.1.3, RFC 4291 §2.7: nobody else may send from these; among them the land attack's. */
    private isBadSource(bytes: Uint8Array, at: number, length: number): boolean {
      return isGroup(bytes, at, length) || this.host.isLocal(bytes, at, length);
    }
  };
}

/** True for advertisements of neighbour discovery that are for all on the link: such as object to an address. */
function isConflict(bytes: Uint8Array, start: number): boolean {
  return (
    ipv6NextHeader(bytes, start) === PROTOCOL_ICMPV6 &&
    ipv6HopLimit(bytes, start) === NDP_HOP_LIMIT &&
    bytes[start + IPV6_DESTINATION] === 0xff &&
    bytes[start + IPV6_SOURCE] !== 0xff &&
    bytes[start + IPV6_HEADER] === NDP_ADVERTISEMENT
  );
}

/** True for the unspecified address and the loopback addresses (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2, §2.5.3). */
function isNowhere(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 4) return bytes[at] === 0 || bytes[at] === 127;
  for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 15] <= 1;
}
