/**
 * Segmentation in software: cuts what Linux hands over as one long frame (TSO, GSO, GRO) into the frames that go
 * on a wire, as `tcp_gso_segment` and `__udp_gso_segment` would. Not done: UFO (fragmentation), tunnels.
 */
import { copyBytes, readU16, writeU16 } from './bytes.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ethernet.js';
import {
  completeIpv4,
  ipv4HeaderLength,
  ipv4Id,
  ipv4Protocol,
  ipv4PseudoSum,
  ipv4TotalLength,
  isIpv4,
  isIpv4Fragment,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './ipv4.js';
import {
  IPV6_HEADER,
  ipv6HeaderLength,
  ipv6PayloadLength,
  ipv6Protocol,
  ipv6PseudoSum,
  isIpv6,
} from './ipv6.js';
import {
  completeTcp,
  isTcp,
  setTcpFlags,
  setTcpSequence,
  TCP_CWR,
  TCP_FIN,
  TCP_PSH,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
} from './tcp.js';
import { completeUdp, UDP_HEADER } from './udp.js';
import { GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4 } from './virtio-net.js';
import { isVlanType, VLAN_TAG } from './vlan.js';

/** How to cut: type (one of GSO_*, the ECN bit allowed) and payload bytes of each segment. */
export interface Gso {
  readonly type: number;
  readonly size: number;
}

/** Where the IP header begins, from the frame's start: behind up to two VLAN tags; 0 when it is not IP. */
function networkStart(source: Uint8Array, offset: number, length: number): number {
  let at = ETHERNET_HEADER;
  for (let tags = 0; tags < 2 && isVlanType(readU16(source, offset + at - 2)); tags++) at += VLAN_TAG;
  if (at > length) return 0;
  const type = readU16(source, offset + at - 2);
  return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? at : 0;
}

function isVersion4(source: Uint8Array, offset: number, network: number): boolean {
  return readU16(source, offset + network - 2) === ETHERTYPE_IPV4;
}

/** Where the transport header begins, from the frame's start; 0 when the frame is not what `type` says. */
function transportStart(source: Uint8Array, offset: number, length: number, network: number, type: number) {
  const ip = offset + network;
  const room = length - network;
  const wanted = type === GSO_UDP_L4 ? PROTOCOL_UDP : PROTOCOL_TCP;
  if (isVersion4(source, offset, network)) {
    if (type === GSO_TCPV6 || !isIpv4(source, ip, room) || isIpv4Fragment(source, ip)) return 0;
    return ipv4Protocol(source, ip) === wanted ? network + ipv4HeaderLength(source, ip) : 0;
  }
  if (type === GSO_TCPV4 || !isIpv6(source, ip, room)) return 0;
  const headers = ipv6HeaderLength(source, ip, IPV6_HEADER + ipv6PayloadLength(source, ip));
  return headers > 0 && ipv6Protocol(source, ip, headers) === wanted ? network + headers : 0;
}

/** End of the packet (padding may follow), from the frame's start. */
function packetEnd(source: Uint8Array, offset: number, network: number): number {
  const ip = offset + network;
  return isVersion4(source, offset, network)
    ? network + ipv4TotalLength(source, ip)
    : network + IPV6_HEADER + ipv6PayloadLength(source, ip);
}

/** Length of all headers, or 0 when the transport header is malformed. */
function headersEnd(source: Uint8Array, offset: number, transport: number, end: number, type: number) {
  if (type === GSO_UDP_L4) return transport + UDP_HEADER <= end ? transport + UDP_HEADER : 0;
  const at = offset + transport;
  return isTcp(source, at, end - transport) ? transport + tcpHeaderLength(source, at) : 0;
}

/**
 * How many segments the frame `source[offset … offset + length)` makes (1 when it needs no cut), or 0 when it
 * is malformed or not of the type that `gso` says.
 */
export function segmentCount(source: Uint8Array, offset: number, length: number, gso: Gso): number {
  const type = gso.type & ~GSO_ECN;
  if (type !== GSO_TCPV4 && type !== GSO_TCPV6 && type !== GSO_UDP_L4) return 0;
  if (!(gso.size > 0) || offset < 0 || offset + length > source.length) return 0;
  const network = networkStart(source, offset, length);
  if (network === 0) return 0;
  const transport = transportStart(source, offset, length, network, type);
  if (transport === 0) return 0;
  const end = packetEnd(source, offset, network);
  const headers = headersEnd(source, offset, transport, end, type);
  if (headers === 0) return 0;
  return Math.max(1, Math.ceil((end - headers) / gso.size));
}

/**
 * Writes the segment number `index` (from 0) as a whole frame to `target` and answers its length; 0 when the frame
 * is malformed, there is no such segment or it does not fit. The two ranges must not overlap. Checksums are
 * computed anew, so the frame's own may be partial.
 */
export function emitSegment(
  source: Uint8Array,
  offset: number,
  length: number,
  gso: Gso,
  index: number,
  target: Uint8Array,
  targetOffset: number,
): number {
  const count = segmentCount(source, offset, length, gso);
  if (index < 0 || index >= count) return 0;
  const type = gso.type & ~GSO_ECN;
  const network = networkStart(source, offset, length);
  const transport = transportStart(source, offset, length, network, type);
  const end = packetEnd(source, offset, network);
  const headers = headersEnd(source, offset, transport, end, type);
  const from = headers + index * gso.size;
  const payload = Math.min(gso.size, end - from);
  const total = headers + payload;
  if (targetOffset < 0 || targetOffset + total > target.length) return 0;
  copyBytes(source, offset, headers, target, targetOffset);
  copyBytes(source, offset + from, payload, target, targetOffset + headers);

  const ip = targetOffset + network;
  const at = targetOffset + transport;
  const transportLength = total - transport;
  const protocol = type === GSO_UDP_L4 ? PROTOCOL_UDP : PROTOCOL_TCP;
  let pseudoSum: number;
  if (isVersion4(target, targetOffset, network)) {
    writeU16(target, ip + 2, total - network);
    writeU16(target, ip + 4, ipv4Id(target, ip) + index);
    completeIpv4(target, ip);
    pseudoSum = ipv4PseudoSum(target, ip, protocol, transportLength);
  } else {
    writeU16(target, ip + 4, total - network - IPV6_HEADER);
    pseudoSum = ipv6PseudoSum(target, ip, protocol, transportLength);
  }
  if (protocol === PROTOCOL_UDP) {
    writeU16(target, at + 4, transportLength);
    completeUdp(target, at, transportLength, pseudoSum);
    return total;
  }
  setTcpSequence(target, at, tcpSequence(target, at) + index * gso.size);
  let flags = tcpFlags(target, at);
  if (index < count - 1) flags &= ~(TCP_FIN | TCP_PSH);
  if (index > 0) flags &= ~TCP_CWR;
  setTcpFlags(target, at, flags);
  completeTcp(target, at, transportLength, pseudoSum);
  return total;
}
