import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../ethernet.js';
import { PROTOCOL_IGMP } from '../igmp.js';
import { PROTOCOL_IPV4_INSIDE, PROTOCOL_IPV6_INSIDE } from '../ipip.js';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../ipv4.js';
import { PROTOCOL_IPV6_FRAGMENT } from '../ipv6-fragment.js';
import { ETHERTYPE_MAC_CONTROL } from '../mac-control.js';
import { ETHERTYPE_MPLS } from '../mpls.js';
import { isVlanType } from '../vlan.js';
import type { Format } from './layer.js';

/** Reverse ARP (RFC 903): the same message. */
const ETHERTYPE_RARP = 0x8035;

/** What an EtherType announces. */
export function formatOfType(type: number): Format {
  if (type === ETHERTYPE_IPV4) return 'ipv4';
  if (type === ETHERTYPE_IPV6) return 'ipv6';
  if (type === ETHERTYPE_ARP || type === ETHERTYPE_RARP) return 'arp';
  if (type === ETHERTYPE_MPLS) return 'mpls';
  if (type === ETHERTYPE_MAC_CONTROL) return 'mac-control';
  return isVlanType(type) ? 'vlan' : 'unknown-type';
}

const FORMATS: Readonly<Record<number, Format>> = {
  [PROTOCOL_ICMP]: 'icmp',
  [PROTOCOL_IGMP]: 'igmp',
  [PROTOCOL_IPV4_INSIDE]: 'ipv4',
  [PROTOCOL_TCP]: 'tcp',
  [PROTOCOL_UDP]: 'udp',
  [PROTOCOL_IPV6_INSIDE]: 'ipv6',
  [PROTOCOL_ICMPV6]: 'icmpv6',
  51: 'authentication',
};

/** Extension headers (RFC 8200 §4): behind IPv6 alone. */
const EXTENSIONS: Readonly<Record<number, Format>> = {
  0: 'hop-by-hop',
  43: 'routing',
  [PROTOCOL_IPV6_FRAGMENT]: 'fragment',
  60: 'destination-options',
};

/** What a protocol number announces. */
export function formatOfProtocol(protocol: number, version: 4 | 6): Format {
  const extension = version === 6 ? EXTENSIONS[protocol] : undefined;
  return extension ?? FORMATS[protocol] ?? 'unknown-protocol';
}

const NAMES: Readonly<Record<number, string>> = {
  [PROTOCOL_ICMP]: 'ICMP',
  [PROTOCOL_IGMP]: 'IGMP',
  [PROTOCOL_IPV4_INSIDE]: 'IPv4',
  [PROTOCOL_TCP]: 'TCP',
  [PROTOCOL_UDP]: 'UDP',
  33: 'DCCP',
  [PROTOCOL_IPV6_INSIDE]: 'IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  [PROTOCOL_ICMPV6]: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
  136: 'UDP-Lite',
};

/** The name of a protocol, or its number. */
export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `protocol ${protocol}`;
}

/** `0x88cc`. */
export function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}

export function hex8(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

/** Names of the bits that are set, from the highest of `names` down; `-` for none. */
export function bitNames(value: number, names: readonly string[]): string {
  const set = names.filter((_, i) => (value & (1 << (names.length - 1 - i))) !== 0);
  return set.length > 0 ? set.join(',') : '-';
}

const LONGEST_TEXT = 100;

/** Text of a packet's, made harmless: what is not printable ASCII becomes `\x07`; a long one is cut. */
export function escaped(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to && text.length < LONGEST_TEXT; at++) {
    const code = bytes[at];
    const plain = code >= 0x20 && code < 0x7f && code !== 0x5c;
    text += plain ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return text;
}
