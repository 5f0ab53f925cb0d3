import { ARP_LENGTH, emitArp } from '../../wire/arp.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import {
  ETHERNET_HEADER,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  emitEthernet,
} from '../../wire/ethernet.js';
import { ICMP_CHECKSUM, ICMP_HEADER, ICMPV6_ECHO_REQUEST } from '../../wire/icmp.js';
import { emitIcmp } from '../../wire/icmp-message.js';
import {
  completeIpv4,
  emitIpv4,
  IPV4_HEADER,
  ipv4PseudoSum,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
} from '../../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum } from '../../wire/ipv6.js';
import { completeTcp, emitTcp, TCP_HEADER } from '../../wire/tcp.js';

/** Addresses of a forged frame; those of the sender may be anybody's. */
export interface ForgedEnds {
  readonly mac: Uint8Array;
  readonly toMac: Uint8Array;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** An Ethernet frame with an IPv4 packet; `fragment`: flags and offset in units of eight bytes. */
export function forgeIp(
  { mac, toMac, from, to }: ForgedEnds,
  protocol: number,
  payload: Uint8Array,
  { id = 1, fragment = 0 } = {},
): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER + IPV4_HEADER + payload.length);
  emitEthernet(frame, 0, toMac, mac, ETHERTYPE_IPV4);
  const at = ETHERNET_HEADER;
  emitIpv4(frame, at, IPV4_HEADER + payload.length, id, 64, protocol, from, to);
  writeU16(frame, at + 6, fragment);
  completeIpv4(frame, at);
  frame.set(payload, at + IPV4_HEADER);
  return frame;
}

export interface ForgedSegment {
  readonly fromPort: number;
  readonly toPort: number;
  readonly seq: number;
  readonly ack?: number;
  readonly flags: number;
  readonly window?: number;
  readonly payload?: Uint8Array;
}

/** A frame with a TCP segment, its checksums right. */
export function forgeTcp(ends: ForgedEnds, segment: ForgedSegment): Uint8Array {
  const { fromPort, toPort, seq, ack = 0, flags, window = 65_535, payload = new Uint8Array(0) } = segment;
  const frame = forgeIp(ends, PROTOCOL_TCP, new Uint8Array(TCP_HEADER + payload.length));
  const at = ETHERNET_HEADER + IPV4_HEADER;
  emitTcp(frame, at, fromPort, toPort, seq, ack, flags, window);
  frame.set(payload, at + TCP_HEADER);
  const length = TCP_HEADER + payload.length;
  completeTcp(frame, at, length, ipv4PseudoSum(frame, ETHERNET_HEADER, PROTOCOL_TCP, length));
  return frame;
}

/** A frame with an ICMP message that quotes something; `second`: the word behind the checksum. */
export function forgeIcmp(
  ends: ForgedEnds,
  type: number,
  code: number,
  second: number,
  quoted: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER + quoted.length);
  message.set(quoted, ICMP_HEADER);
  emitIcmp(message, 0, type, code, second, quoted.length, 0);
  return forgeIp(ends, PROTOCOL_ICMP, message);
}

/** An ARP message, the sender's address being `from`, the target's `to`. */
export function forgeArp({ mac, toMac, from, to }: ForgedEnds, operation: number): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER + ARP_LENGTH);
  emitEthernet(frame, 0, toMac, mac, ETHERTYPE_ARP);
  emitArp(frame, ETHERNET_HEADER, operation, mac, from, toMac, to);
  return frame;
}

/** An Ethernet frame with an IPv6 packet. */
export function forgeIp6(
  { mac, toMac, from, to }: ForgedEnds,
  protocol: number,
  payload: Uint8Array,
  hopLimit = 64,
): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER + IPV6_HEADER + payload.length);
  emitEthernet(frame, 0, toMac, mac, ETHERTYPE_IPV6);
  emitIpv6(frame, ETHERNET_HEADER, payload.length, protocol, hopLimit, from, to);
  frame.set(payload, ETHERNET_HEADER + IPV6_HEADER);
  return frame;
}

/** A frame with a message of ICMPv6, whose checksum is put right, behind `headers` (of the type that `first` says). */
export function forgeIcmp6(
  ends: ForgedEnds,
  message: Uint8Array,
  hopLimit = 64,
  first = PROTOCOL_ICMPV6,
  headers: readonly number[] = [],
): Uint8Array {
  const frame = forgeIp6(ends, first, Uint8Array.of(...headers, ...message), hopLimit);
  const at = ETHERNET_HEADER + IPV6_HEADER + headers.length;
  const pseudo = ipv6PseudoSum(frame, ETHERNET_HEADER, PROTOCOL_ICMPV6, message.length);
  writeU16(frame, at + ICMP_CHECKSUM, 0);
  writeU16(frame, at + ICMP_CHECKSUM, internetChecksum(frame, at, message.length, pseudo));
  return frame;
}

/** A frame with an ICMPv6 echo request of 64 bytes. */
export function forgeEcho6(ends: ForgedEnds): Uint8Array {
  const message = new Uint8Array(ICMP_HEADER + 56);
  message[0] = ICMPV6_ECHO_REQUEST;
  message[7] = 1;
  return forgeIcmp6(ends, message);
}
