import { readU32 } from './bytes.js';
import {
  IPV4_HEADER,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4Protocol,
  isIpv4,
  isIpv4Fragment,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './ipv4.js';
import {
  IPV6_HEADER,
  IPV6_SOURCE,
  ipv6FlowLabel,
  ipv6HeaderLength,
  ipv6NextHeader,
  ipv6Protocol,
  isIpv6,
} from './ipv6.js';

/** A packet of IP behind a header of IP: protocols 4 (RFC 2003, RFC 2473) and 41 (RFC 4213, RFC 2473). */
export const PROTOCOL_IPV4_INSIDE = 4;
export const PROTOCOL_IPV6_INSIDE = 41;

const DESTINATION_OPTIONS = 60;
const PAD_ONE = 0;
const ENCAPSULATION_LIMIT = 4;

export function isTunnelProtocol(protocol: number): boolean {
  return protocol === PROTOCOL_IPV4_INSIDE || protocol === PROTOCOL_IPV6_INSIDE;
}

/** The protocol that says that the packet at `offset` is inside. */
export function insideProtocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset] >>> 4 === 4 ? PROTOCOL_IPV4_INSIDE : PROTOCOL_IPV6_INSIDE;
}

/** True when a whole packet of the family that the protocol names is within `length` bytes. */
export function isInside(bytes: Uint8Array, offset: number, length: number, protocol: number): boolean {
  return protocol === PROTOCOL_IPV4_INSIDE ? isIpv4(bytes, offset, length) : isIpv6(bytes, offset, length);
}

/** How many headers of IP stand behind each other at the packet's beginning, up to `most`. */
export function tunnelDepth(bytes: Uint8Array, offset: number, length: number, most: number): number {
  let at = offset;
  let depth = 0;
  while (depth < most) {
    const rest = offset + length - at;
    const isFour = bytes[at] >>> 4 === 4;
    if (!(isFour ? isIpv4(bytes, at, rest) : isIpv6(bytes, at, rest))) break;
    depth++;
    const header = isFour ? ipv4HeaderLength(bytes, at) : ipv6HeaderLength(bytes, at, rest);
    const protocol = isFour ? ipv4Protocol(bytes, at) : ipv6Protocol(bytes, at, header);
    if (header === 0 || !isTunnelProtocol(protocol)) break;
    at += header;
  }
  return depth;
}

/** How often the packet of IPv6 may still be put into another (RFC 2473 §4.1.1); -1: it does not say. */
export function encapsulationLimit(bytes: Uint8Array, offset: number, length: number): number {
  if (bytes[offset] >>> 4 !== 6 || ipv6NextHeader(bytes, offset) !== DESTINATION_OPTIONS) return -1;
  const end = Math.min(length, IPV6_HEADER + ((bytes[offset + IPV6_HEADER + 1] + 1) << 3));
  for (let at = IPV6_HEADER + 2; at + 3 <= end; ) {
    const kind = bytes[offset + at];
    if (kind === ENCAPSULATION_LIMIT) return bytes[offset + at + 2];
    at += kind === PAD_ONE ? 1 : 2 + bytes[offset + at + 1];
  }
  return -1;
}

/**
 * Number for the flow that a packet belongs to, as far as its header tells: what a tunnel's own flow label is made from (RFC 6438
 * §3). 0: less than a header and four bytes are at hand.
 */
export function insideFlow(bytes: Uint8Array, offset: number, length: number): number {
  const isFour = bytes[offset] >>> 4 === 4;
  if (length < (isFour ? IPV4_HEADER : IPV6_HEADER) + 4) return 0;
  const from = offset + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
  let flow = isFour ? portsOf(bytes, offset, length) : ipv6FlowLabel(bytes, offset);
  for (let at = from; at < from + (isFour ? 8 : 32); at += 4) {
    flow = Math.imul(flow ^ readU32(bytes, at), 0x9e37_79b1);
    flow ^= flow >>> 15;
  }
  return flow | 0;
}

/** Both port numbers, where they are in every packet of the flow; else 0. */
function portsOf(bytes: Uint8Array, offset: number, length: number): number {
  const protocol = ipv4Protocol(bytes, offset);
  const header = ipv4HeaderLength(bytes, offset);
  if ((protocol !== PROTOCOL_TCP && protocol !== PROTOCOL_UDP) || isIpv4Fragment(bytes, offset)) return 0;
  return header + 4 <= length ? readU32(bytes, offset + header) : 0;
}
