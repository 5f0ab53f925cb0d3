import type { EnginePort } from '../contract/block.js';
import { EGRESS } from '../contract/direction.js';
import { writeU16 } from '../wire/bytes.js';
import { internetChecksum } from '../wire/checksum.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV6, emitEthernet } from '../wire/ethernet.js';
import { ICMP_CHECKSUM } from '../wire/icmp.js';
import { PROTOCOL_ICMPV6 } from '../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum } from '../wire/ipv6.js';
import {
  emitNdpNeighbour,
  emitRouterSolicitation,
  type NDP_ADVERTISEMENT,
  NDP_HOP_LIMIT,
  NDP_ROUTER_SOLICITATION,
} from '../wire/ndp.js';
import type { HostInterface } from './interface.js';

/** Longest message that is sent: a solicitation with one option. */
const MOST_BYTES = 32;

/** What a message of neighbour discovery says, and to whom. */
export interface DiscoveryMessage {
  readonly type: typeof NDP_ROUTER_SOLICITATION | typeof NDP_ADVERTISEMENT | 135;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Hardware address that the frame goes to; null: that of the destination, which is a group. */
  readonly mac: Uint8Array | null;
  readonly target: Uint8Array;
  readonly flags: number;
  /** Tells the interface's hardware address. */
  readonly tellMac: boolean;
}

/** Sends a message from an interface by the port that leads to it. False: the pool is empty. */
export function sendDiscovery(engine: EnginePort, at: HostInterface, message: DiscoveryMessage): boolean {
  if (at.mac === null) return false;
  const frame = engine.create();
  if (frame === null) return false;
  const { type, source, destination, flags, target } = message;
  const { bytes } = frame;
  frame.length = ETHERNET_HEADER + IPV6_HEADER + MOST_BYTES;
  const ip = frame.start + ETHERNET_HEADER;
  const icmp = ip + IPV6_HEADER;
  const mac = message.tellMac ? at.mac : null;
  const size =
    type === NDP_ROUTER_SOLICITATION
      ? emitRouterSolicitation(bytes, icmp, mac)
      : emitNdpNeighbour(bytes, icmp, type, flags, target, mac);
  frame.length = ETHERNET_HEADER + IPV6_HEADER + size;
  emitIpv6(bytes, ip, size, PROTOCOL_ICMPV6, NDP_HOP_LIMIT, source, destination);
  const sum = ipv6PseudoSum(bytes, ip, PROTOCOL_ICMPV6, size);
  writeU16(bytes, icmp + ICMP_CHECKSUM, internetChecksum(bytes, icmp, size, sum));
  const to = message.mac ?? Uint8Array.of(0x33, 0x33, ...destination.subarray(12));
  emitEthernet(bytes, frame.start, to, at.mac, ETHERTYPE_IPV6);
  frame.direction = EGRESS;
  frame.interfaceIndex = at.index;
  engine.emit(frame, 2 * (at.index - 1) + EGRESS);
  return true;
}
