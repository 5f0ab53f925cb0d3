import { PacketType } from '../../contract/frame.js';
import { icmpType } from '../../wire/icmp.js';
import { isIcmpQuery, isIcmpv6Information } from '../../wire/icmp-message.js';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  isIpv4,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
} from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_SOURCE, ipv6HeaderLength, ipv6Protocol, isIpv6 } from '../../wire/ipv6.js';
import {
  IPV6_FRAGMENT_HEADER,
  ipv6FragmentOffset,
  PROTOCOL_IPV6_FRAGMENT,
} from '../../wire/ipv6-fragment.js';
import { isGroup } from '../host.js';
import type { Complaint } from './complaints.js';

/** What must not be complained about, in the order of the drop reasons of the block that asks. */
export const Refusal = { none: -1, malformed: 0, error: 1, group: 2, source: 3, fragment: 4 } as const;

const FRAGMENT_OFFSET = 0x1fff;

/**
 * Whether an error may be sent about a packet (RFC 1122 §3.2.2, RFC 1812 §4.3.2.7, RFC 4443 §2.4(e)): not about an ICMP error, nor
 * about what went to a group, on the link or in IP, nor to a source that is not one host, nor about a fragment but the first.
 * IPv6 makes an exception for "packet too big", which path MTU discovery for groups lives on. Not made here: that for
 * unrecognised options (parameter problem, code 2), which this host does not send.
 */
export function refusalOf(
  bytes: Uint8Array,
  start: number,
  length: number,
  packetType: number,
  about: Complaint,
): number {
  const isFour = bytes[start] >>> 4 === 4;
  if (!(isFour ? isIpv4(bytes, start, length) : isIpv6(bytes, start, length))) return Refusal.malformed;
  const size = isFour ? 4 : 16;
  const toGroup =
    packetType === PacketType.broadcast ||
    packetType === PacketType.multicast ||
    isGroup(bytes, start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION), size);
  if (toGroup && (isFour || about !== 'too-big')) return Refusal.group;
  if (isNobody(bytes, start + (isFour ? IPV4_SOURCE : IPV6_SOURCE), size)) return Refusal.source;
  return isFour ? refusal4(bytes, start, length) : refusal6(bytes, start, length);
}

function refusal4(bytes: Uint8Array, start: number, length: number): number {
  if ((ipv4Fragment(bytes, start) & FRAGMENT_OFFSET) !== 0) return Refusal.fragment;
  if (ipv4Protocol(bytes, start) !== PROTOCOL_ICMP) return Refusal.none;
  const header = ipv4HeaderLength(bytes, start);
  // Where the type is missing it is safer to say nothing.
  return length > header && isIcmpQuery(icmpType(bytes, start + header)) ? Refusal.none : Refusal.error;
}

function refusal6(bytes: Uint8Array, start: number, length: number): number {
  let header = ipv6HeaderLength(bytes, start, length);
  if (header === 0) return Refusal.none;
  let protocol = ipv6Protocol(bytes, start, header);
  if (protocol === PROTOCOL_IPV6_FRAGMENT) {
    if (length < header + IPV6_FRAGMENT_HEADER) return Refusal.malformed;
    if (ipv6FragmentOffset(bytes, start + header) !== 0) return Refusal.fragment;
    protocol = bytes[start + header];
    header += IPV6_FRAGMENT_HEADER;
  }
  if (protocol !== PROTOCOL_ICMPV6) return Refusal.none;
  return length > header && isIcmpv6Information(icmpType(bytes, start + header))
    ? Refusal.none
    : Refusal.error;
}

/** True for sources that stand for no single host elsewhere: unspecified, loopback, groups, and IPv4's class E. */
function isNobody(bytes: Uint8Array, at: number, size: number): boolean {
  if (size === 4) return bytes[at] === 0 || bytes[at] === 127 || bytes[at] >= 224;
  if (bytes[at] === 0xff) return true;
  for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 15] <= 1;
}
