import {
  IPV4_CHECKSUM,
  IPV4_DESTINATION,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER,
  IPV4_MORE_FRAGMENTS,
  IPV4_SOURCE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE } from '../wire/ipv6.js';
import type { HeaderShape } from './header-shape.js';

/** Protocol numbers of packets in packets (RFC 2003, RFC 2473). */
const PROTOCOL_IPV4 = 4;
const PROTOCOL_IPV6 = 41;

const PROTOCOLS = {
  ipv4: PROTOCOL_IPV4,
  ipv6: PROTOCOL_IPV6,
  udp: PROTOCOL_UDP,
  tcp: PROTOCOL_TCP,
};

export const IPV4: HeaderShape = {
  names: ['ipv4', 'ip4'],
  layer: 3,
  length: IPV4_HEADER,
  below: 'eth',
  fields: [
    { names: ['ver', 'version'], at: 0, width: 1, mask: 0xf0 },
    { names: ['ihl'], at: 0, width: 1, mask: 0x0f },
    { names: ['tos'], at: 1, width: 1 },
    { names: ['dscp'], at: 1, width: 1, mask: 0xfc },
    { names: ['ecn'], at: 1, width: 1, mask: 0x03 },
    { names: ['len', 'length'], at: 2, width: 2 },
    { names: ['id'], at: 4, width: 2 },
    { names: ['flags'], at: 6, width: 2, mask: 0xe000 },
    { names: ['df'], at: 6, width: 2, mask: IPV4_DONT_FRAGMENT, flag: true },
    { names: ['mf'], at: 6, width: 2, mask: IPV4_MORE_FRAGMENTS, flag: true },
    { names: ['frag'], at: 6, width: 2, mask: 0x1fff },
    { names: ['ttl'], at: 8, width: 1 },
    { names: ['proto', 'prot'], at: 9, width: 1 },
    { names: ['csum'], at: IPV4_CHECKSUM, width: 2 },
    { names: ['sa', 'saddr'], at: IPV4_SOURCE, width: 4 },
    { names: ['da', 'daddr'], at: IPV4_DESTINATION, width: 4 },
  ],
  defaults: [
    { field: 'ver', value: 4 },
    { field: 'ihl', value: 5 },
    { field: 'sa', device: 'ipv4' },
  ],
  next: { field: 'proto', values: { ...PROTOCOLS, icmpv4: PROTOCOL_ICMP } },
};

export const IPV6: HeaderShape = {
  names: ['ipv6', 'ip6'],
  layer: 3,
  length: IPV6_HEADER,
  below: 'eth',
  fields: [
    { names: ['ver', 'version'], at: 0, width: 4, mask: 0xf0000000 },
    { names: ['tc', 'tclass'], at: 0, width: 4, mask: 0x0ff00000 },
    { names: ['fl', 'flow'], at: 0, width: 4, mask: 0x000fffff },
    { names: ['len', 'length'], at: 4, width: 2 },
    { names: ['nh', 'nexthdr'], at: 6, width: 1 },
    { names: ['hl', 'hoplimit', 'ttl'], at: 7, width: 1 },
    { names: ['sa', 'saddr'], at: IPV6_SOURCE, width: 16 },
    { names: ['da', 'daddr'], at: IPV6_DESTINATION, width: 16 },
  ],
  defaults: [
    { field: 'ver', value: 6 },
    { field: 'sa', device: 'ipv6' },
  ],
  next: { field: 'nh', values: { ...PROTOCOLS, icmpv6: PROTOCOL_ICMPV6 } },
};
