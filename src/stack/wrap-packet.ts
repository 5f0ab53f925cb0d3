import { EGRESS } from '../contract/direction.js';
import type { Frame } from '../contract/frame.js';
import { writeU16 } from '../wire/bytes.js';
import { completeIpv4, emitIpv4, IPV4_HEADER } from '../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6TrafficClass } from '../wire/ipv6.js';

/** The header that a packet gets around it. */
export interface Wrapping {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly protocol: number;
  readonly hopLimit: number;
  /** Of IPv4, 16 bits. */
  readonly identification: number;
  /** Of IPv6, 20 bits. */
  readonly flowLabel: number;
  /** Longest packet that the way carries whole, bytes. */
  readonly wayMtu: number;
}

/**
 * Puts a header in front of the packet in the frame. Its class of service is the packet's, ECN included (RFC 2003 §3.1, RFC 6040
 * §4.1). It must not be cut on its way (so that a narrower way is heard of), unless it is too long from the beginning: then
 * the host itself cuts it. False: there is no room in front.
 */
export function wrap(frame: Frame, wrapping: Wrapping): boolean {
  const { local, remote, protocol, hopLimit, identification, flowLabel, wayMtu } = wrapping;
  const { bytes } = frame;
  const inside = frame.start;
  const service = bytes[inside] >>> 4 === 4 ? bytes[inside + 1] : ipv6TrafficClass(bytes, inside);
  const isFour = local.length === 4;
  if (!frame.push(isFour ? IPV4_HEADER : IPV6_HEADER)) return false;
  const { start, length } = frame;
  if (isFour) {
    emitIpv4(bytes, start, length, identification, hopLimit, protocol, local, remote);
    bytes[start + 1] = service;
    if (length > wayMtu) writeU16(bytes, start + 6, 0);
    completeIpv4(bytes, start);
  } else {
    emitIpv6(bytes, start, length - IPV6_HEADER, protocol, hopLimit, local, remote, flowLabel);
    bytes[start] |= service >>> 4;
    bytes[start + 1] |= (service & 0x0f) << 4;
  }
  frame.direction = EGRESS;
  return true;
}
