import { readU16 } from './bytes.js';
import { completePartial } from './checksum.js';
import {
  ETHERNET_HEADER,
  ETHERNET_TYPE,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_QINQ,
  ETHERTYPE_VLAN,
} from './ethernet.js';
import {
  ipv4HeaderLength,
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
import { TCP_CHECKSUM, TCP_HEADER } from './tcp.js';
import { UDP_CHECKSUM, UDP_HEADER } from './udp.js';
import { VLAN_TAG } from './vlan.js';

/**
 * Completes the TCP or UDP checksum of an Ethernet frame that an offload has left unfinished, where nothing tells so: the
 * field holds the sum of the pseudo-header and no more. A frame whose checksum is right stays as it is, also when it is
 * that sum by chance. Not for what is inside of a tunnel, nor SCTP. True when it has changed the frame.
 */
export function completeUnfinished(bytes: Uint8Array, offset: number, length: number): boolean {
  let ip = offset + ETHERNET_HEADER;
  let type = readU16(bytes, offset + ETHERNET_TYPE);
  for (let tags = 0; tags < 2 && (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ); tags++) {
    type = readU16(bytes, ip + 2);
    ip += VLAN_TAG;
  }
  const room = offset + length - ip;
  if (type === ETHERTYPE_IPV4) {
    if (!isIpv4(bytes, ip, room) || isIpv4Fragment(bytes, ip)) return false;
    const header = ipv4HeaderLength(bytes, ip);
    const size = ipv4TotalLength(bytes, ip) - header;
    const protocol = ipv4Protocol(bytes, ip);
    const field = checksumField(protocol, size);
    if (field < 0 || readU16(bytes, ip + header + field) !== ipv4PseudoSum(bytes, ip, protocol, size))
      return false;
    return completePartial(bytes, ip + header, size, 0, field);
  }
  if (type === ETHERTYPE_IPV6) {
    if (!isIpv6(bytes, ip, room)) return false;
    const header = ipv6HeaderLength(bytes, ip, room);
    const size = IPV6_HEADER + ipv6PayloadLength(bytes, ip) - header;
    if (header === 0) return false;
    const protocol = ipv6Protocol(bytes, ip, header);
    const field = checksumField(protocol, size);
    if (field < 0 || readU16(bytes, ip + header + field) !== ipv6PseudoSum(bytes, ip, protocol, size))
      return false;
    return completePartial(bytes, ip + header, size, 0, field);
  }
  return false;
}

/** Where the checksum is in so many bytes of this protocol; -1 when there is none. */
function checksumField(protocol: number, size: number): number {
  if (protocol === PROTOCOL_TCP && size >= TCP_HEADER) return TCP_CHECKSUM;
  return protocol === PROTOCOL_UDP && size >= UDP_HEADER ? UDP_CHECKSUM : -1;
}
