/** One line about a frame, for traces and logs. Reaches every parser of the Ethernet family: also a fuzz target. */

import {
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SENDER_IP,
  ARP_SENDER_MAC,
  ARP_TARGET_IP,
  arpOperation,
  isArp,
} from './arp.js';
import { readU16 } from './bytes.js';
import {
  ETHERNET_HEADER,
  ETHERNET_SOURCE,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MIN,
  formatMac,
  vlinkId,
} from './ethernet.js';
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  icmpCode,
  icmpEchoId,
  icmpEchoSequence,
  icmpType,
  isIcmp,
} from './icmp.js';
import {
  formatIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4TotalLength,
  isIpv4,
  isIpv4Fragment,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './ipv4.js';
import {
  formatIpv6,
  IPV6_DESTINATION,
  IPV6_HEADER,
  IPV6_SOURCE,
  ipv6HeaderLength,
  ipv6PayloadLength,
  ipv6Protocol,
  isIpv6,
} from './ipv6.js';
import { isTcp, tcpDestinationPort, tcpFlags, tcpHeaderLength, tcpSourcePort } from './tcp.js';
import { isUdp, UDP_HEADER, udpDestinationPort, udpLength, udpSourcePort } from './udp.js';
import { isVlanType, VLAN_TAG, vlanId } from './vlan.js';

/** Letters of the TCP flags from the lowest bit up: FSRPAUEC. */
const FLAG_LETTERS = 'FSRPAUEC';

/**
 * Describes the Ethernet frame `bytes[start … start + length)`, such as
 * `ARP who-has 10.0.0.1 tell 10.0.0.2` or `IPv4 10.0.0.1:80 > 10.0.0.2:3333 TCP SA len 0`.
 */
export function summarize(bytes: Uint8Array, start: number, length: number): string {
  const frame = bytes.subarray(start, start + length);
  if (frame.length < ETHERNET_HEADER) return `short frame of ${frame.length} bytes`;
  let prefix = '';
  let at = ETHERNET_HEADER;
  for (let tags = 0; tags < 2 && isVlanType(readU16(frame, at - 2)); tags++) {
    if (at + VLAN_TAG > frame.length) return `${prefix}short VLAN tag`;
    prefix += `VLAN ${vlanId(readU16(frame, at))} `;
    at += VLAN_TAG;
  }
  return prefix + network(frame, at, readU16(frame, at - 2));
}

function network(frame: Uint8Array, at: number, type: number): string {
  const length = frame.length - at;
  if (type === ETHERTYPE_ARP && isArp(frame, at, length)) return arp(frame, at);
  if (type === ETHERTYPE_IPV4 && isIpv4(frame, at, length)) return ipv4(frame, at);
  if (type === ETHERTYPE_IPV6 && isIpv6(frame, at, length)) return ipv6(frame, at);
  if (type === ETHERTYPE_ARP) return `ARP malformed or not for IPv4, len ${length}`;
  if (type === ETHERTYPE_IPV4) return `IPv4 malformed len ${length}`;
  if (type === ETHERTYPE_IPV6) return `IPv6 malformed len ${length}`;
  const ends = `${formatMac(frame, ETHERNET_SOURCE)} > ${formatMac(frame, 0)}`;
  if (type < ETHERTYPE_MIN) return `802.3 ${ends} len ${length}`;
  const vlink = vlinkId(type);
  const name = `0x${type.toString(16).padStart(4, '0')}`;
  return `${name}${vlink < 0 ? '' : ` vlink ${vlink}`} ${ends} len ${length}`;
}

function arp(frame: Uint8Array, at: number): string {
  const operation = arpOperation(frame, at);
  const sender = formatIpv4(frame, at + ARP_SENDER_IP);
  if (operation === ARP_REQUEST) return `ARP who-has ${formatIpv4(frame, at + ARP_TARGET_IP)} tell ${sender}`;
  if (operation === ARP_REPLY) return `ARP ${sender} is-at ${formatMac(frame, at + ARP_SENDER_MAC)}`;
  return `ARP operation ${operation} from ${sender}`;
}

function ipv4(frame: Uint8Array, at: number): string {
  const header = ipv4HeaderLength(frame, at);
  const payload = ipv4TotalLength(frame, at) - header;
  const source = formatIpv4(frame, at + IPV4_SOURCE);
  const destination = formatIpv4(frame, at + IPV4_DESTINATION);
  const protocol = ipv4Protocol(frame, at);
  if (isIpv4Fragment(frame, at)) {
    const place = (ipv4Fragment(frame, at) & 0x1fff) * 8;
    return `IPv4 ${source} > ${destination} ${protocolName(protocol)} fragment at ${place} len ${payload}`;
  }
  return `IPv4 ${transport(frame, at + header, payload, protocol, source, destination)}`;
}

function ipv6(frame: Uint8Array, at: number): string {
  const whole = IPV6_HEADER + ipv6PayloadLength(frame, at);
  const header = ipv6HeaderLength(frame, at, whole);
  const source = formatIpv6(frame, at + IPV6_SOURCE);
  const destination = formatIpv6(frame, at + IPV6_DESTINATION);
  if (header === 0) return `IPv6 ${source} > ${destination} malformed extension headers len ${whole}`;
  const protocol = ipv6Protocol(frame, at, header);
  const portsFollow = protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
  const left = portsFollow ? `[${source}]` : source;
  const right = portsFollow ? `[${destination}]` : destination;
  return `IPv6 ${transport(frame, at + header, whole - header, protocol, left, right)}`;
}

function transport(
  frame: Uint8Array,
  at: number,
  length: number,
  protocol: number,
  source: string,
  destination: string,
): string {
  if (protocol === PROTOCOL_TCP && isTcp(frame, at, length)) {
    const ends = `${source}:${tcpSourcePort(frame, at)} > ${destination}:${tcpDestinationPort(frame, at)}`;
    return `${ends} TCP ${flagLetters(tcpFlags(frame, at))} len ${length - tcpHeaderLength(frame, at)}`;
  }
  if (protocol === PROTOCOL_UDP && isUdp(frame, at, length)) {
    const ends = `${source}:${udpSourcePort(frame, at)} > ${destination}:${udpDestinationPort(frame, at)}`;
    return `${ends} UDP len ${udpLength(frame, at) - UDP_HEADER}`;
  }
  const ends = `${source} > ${destination} ${protocolName(protocol)}`;
  const icmp = protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
  if (icmp && isIcmp(length)) return `${ends} ${icmpText(frame, at, protocol)} len ${length}`;
  const named = icmp || protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
  return `${ends}${named ? ' malformed' : ''} len ${length}`;
}

function icmpText(frame: Uint8Array, at: number, protocol: number): string {
  const type = icmpType(frame, at);
  const six = protocol === PROTOCOL_ICMPV6;
  const request = type === (six ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST);
  if (request || type === (six ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY)) {
    const kind = request ? 'echo-request' : 'echo-reply';
    return `${kind} id ${icmpEchoId(frame, at)} seq ${icmpEchoSequence(frame, at)}`;
  }
  return `type ${type} code ${icmpCode(frame, at)}`;
}

function protocolName(protocol: number): string {
  if (protocol === PROTOCOL_TCP) return 'TCP';
  if (protocol === PROTOCOL_UDP) return 'UDP';
  if (protocol === PROTOCOL_ICMP) return 'ICMP';
  if (protocol === PROTOCOL_ICMPV6) return 'ICMPv6';
  return `protocol ${protocol}`;
}

function flagLetters(flags: number): string {
  let text = '';
  for (let i = 0; i < 8; i++) if (flags & (1 << i)) text += FLAG_LETTERS[i];
  return text === '' ? '-' : text;
}
