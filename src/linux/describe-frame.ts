import type { Frame } from '../contract/frame.js';
import { readU16 } from '../wire/bytes.js';
import {
  destinationClass,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MIN,
  isEthernet,
} from '../wire/ethernet.js';
import { hasVlanTag, vlanInnerType, vlanTci } from '../wire/vlan.js';

// linux/if_ether.h: what the kernel answers for frames whose type field is a length.
const ETH_P_802_3 = 1;
const ETH_P_802_2 = 4;

/**
 * Fills in what the kernel would say about an Ethernet frame that no packet socket described: protocol
 * (behind a VLAN tag), packet type, VLAN tag. Every unicast address counts as the receiver's own.
 * False when it is too short for an Ethernet header.
 */
export function describeEthernet(frame: Frame): boolean {
  if (!isEthernet(frame.length)) return false;
  const { bytes, start } = frame;
  frame.packetType = destinationClass(bytes, start, null);
  if (hasVlanTag(bytes, start, frame.length)) {
    frame.vlanPresent = 1;
    frame.vlanTag = vlanTci(bytes, start);
    frame.vlanProtocol = readU16(bytes, start + 12);
    frame.protocol = kernelProtocol(frame, vlanInnerType(bytes, start), 18);
  } else {
    frame.protocol = kernelProtocol(frame, readU16(bytes, start + 12), 14);
  }
  return true;
}

/** The same for a bare IP packet: the version tells. False when it is neither IPv4 nor IPv6. */
export function describeIp(frame: Frame): boolean {
  const version = frame.u8(0) >> 4;
  frame.protocol = version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : 0;
  return frame.protocol !== 0;
}

function kernelProtocol(frame: Frame, type: number, payload: number): number {
  if (type >= ETHERTYPE_MIN) return type;
  // A raw 802.3 frame (old IPX) begins with ones where an LLC header would be.
  return frame.length >= payload + 2 && frame.u16(payload) === 0xffff ? ETH_P_802_3 : ETH_P_802_2;
}
