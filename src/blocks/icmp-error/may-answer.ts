import type { Frame } from '../../contract/frame.js';
import { PacketType } from '../../contract/frame.js';
import { IPV4_HEADER, isIpv4, PROTOCOL_ICMP } from '../../wire/ipv4.js';

/** What must not be answered, in the order of the block's drop reasons. */
export const Refusal = {
  none: -1,
  badPacket: 0,
  icmpError: 1,
  group: 2,
  source: 3,
  fragment: 4,
} as const;

const FRAGMENT_OFFSET = 0x1fff;

/**
 * Whether an error may be sent about the packet with which the frame begins (RFC 1812 §4.3.2.7): not about an ICMP error, nor about
 * what went to a group of hosts on the link or in IP, nor to a source that is not one host, nor about a fragment but the first.
 */
export function refusalOf(frame: Frame): number {
  const { bytes, start, length } = frame;
  if (!isIpv4(bytes, start, length)) return Refusal.badPacket;
  if (frame.u8(9) === PROTOCOL_ICMP && !isIcmpQuery(frame)) return Refusal.icmpError;
  if (frame.packetType === PacketType.broadcast || frame.packetType === PacketType.multicast)
    return Refusal.group;
  if (frame.u8(16) >= 224) return Refusal.group;
  const source = frame.u8(12);
  if (source === 0 || source === 127 || source >= 224) return Refusal.source;
  if ((frame.u16(6) & FRAGMENT_OFFSET) !== 0) return Refusal.fragment;
  return Refusal.none;
}

/**
 * True for messages that ask or answer: echo, router discovery, timestamp, information, address mask, and extended echo
 * (RFC 8335). Of unknown types, and where the type is in a fragment that went before, it is safer to say nothing.
 */
function isIcmpQuery(frame: Frame): boolean {
  const header = (frame.u8(0) & 0x0f) << 2;
  if (frame.length <= header || header < IPV4_HEADER) return false;
  const type = frame.u8(header);
  return type === 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= 18) || type === 42 || type === 43;
}
