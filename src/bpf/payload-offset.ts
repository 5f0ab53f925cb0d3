import { type FilterInput, networkOffset } from './input.js';

/** Steps from one header to the next at most (MAX_FLOW_DISSECT_HDRS of Linux). */
const MAX_STEPS = 15;

const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
} as const;

const Next = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  icmpv6: 58,
  destination: 60,
  sctp: 132,
  udpLite: 136,
} as const;

/** No protocol of IP follows: behind a VLAN tag, or in a fragment other than the first. */
const NOTHING: number = -1;

/**
 * SKF_AD_PAY_OFFSET: where the payload of the transport protocol begins, in bytes from the frame's first, as Linux's
 * flow dissector finds it; it may lie beyond the end of a short frame. 0 when the headers cannot be read.
 *
 * Covered: IPv4 with options, IPv6 with extension headers, VLAN tags among the bytes, IP in IP; TCP with options, UDP,
 * ICMP, IGMP, DCCP, SCTP. For fragments behind the first and other protocols it is where the IP header ends; for ARP
 * where the link header ends. Left out, other than in Linux: GRE, PPPoE, MPLS, L2TP, PTP, BATMAN
 * (what these carry is not entered; as EtherTypes they give 0).
 */
export function payloadOffset(input: FilterInput): number {
  let offset = networkOffset(input);
  let etherType = input.protocol;
  // Steps from header to header, those from an IP header to its transport aside.
  for (let steps = 0; ; steps++) {
    let next = NOTHING;
    if (etherType === EtherType.vlan || etherType === EtherType.serviceVlan) {
      if (offset + 4 > input.length) return 0;
      etherType = u16(input, offset + 2);
      offset += 4;
    } else if (etherType === EtherType.ipv4) {
      const headerLength = (u8(input, offset) & 15) * 4;
      if (offset + 20 > input.length || headerLength < 20) return 0;
      const fragment = u16(input, offset + 6);
      next = u8(input, offset + 9);
      offset += headerLength;
      if ((fragment & 0x1fff) !== 0) return Math.min(offset, input.length);
      if ((fragment & 0x2000) !== 0) return behindTransport(input, offset, next);
    } else if (etherType === EtherType.ipv6) {
      if (offset + 40 > input.length) return 0;
      next = u8(input, offset + 6);
      offset += 40;
      for (; next === Next.hopByHop || next === Next.routing || next === Next.destination; steps++) {
        if (offset + 2 > input.length) return 0;
        next = u8(input, offset);
        offset += (u8(input, offset + 1) + 1) * 8;
        if (steps === MAX_STEPS) return behindTransport(input, offset, next);
      }
      if (next === Next.fragment) {
        if (offset + 8 > input.length) return 0;
        const first = (u16(input, offset + 2) & 0xfff8) === 0;
        return behindTransport(input, offset + 8, first ? u8(input, offset) : NOTHING);
      }
    } else {
      const arp = etherType === EtherType.arp || etherType === EtherType.rarp;
      return arp ? Math.min(offset, input.length) : 0;
    }
    if (next === Next.ipip) etherType = EtherType.ipv4;
    else if (next === Next.ipv6) etherType = EtherType.ipv6;
    else if (next !== NOTHING) return behindTransport(input, offset, next);
    if (steps === MAX_STEPS) return behindTransport(input, offset, next);
  }
}

function behindTransport(input: FilterInput, headersEnd: number, protocol: number): number {
  const offset = Math.min(headersEnd, input.length);
  switch (protocol) {
    case Next.tcp:
      if (offset + 13 > input.length) return offset;
      return offset + Math.max(20, (u8(input, offset + 12) & 0xf0) >> 2);
    case Next.udp:
    case Next.udpLite:
    case Next.icmp:
    case Next.icmpv6:
    case Next.igmp:
      return offset + 8;
    case Next.dccp:
    case Next.sctp:
      return offset + 12;
    default:
      return offset;
  }
}

function u8(input: FilterInput, offset: number): number {
  return input.bytes[input.start + offset] | 0;
}

function u16(input: FilterInput, offset: number): number {
  return (u8(input, offset) << 8) | u8(input, offset + 1);
}
