import {
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
} from '../wire/icmp.js';
import {
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_HEADER,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from '../wire/tcp.js';
import { UDP_CHECKSUM, UDP_HEADER } from '../wire/udp.js';
import { DNS_PORT } from './application-headers.js';
import type { HeaderField, HeaderShape } from './header-shape.js';

/** Type, code and checksum: the ICMPv6 header goes no further, what follows depends on the type. */
const ICMPV6_HEADER = 4;

export const UDP: HeaderShape = {
  names: ['udp'],
  layer: 4,
  length: UDP_HEADER,
  below: 'ipv4',
  fields: [
    { names: ['sp', 'sport'], at: 0, width: 2 },
    { names: ['dp', 'dport'], at: 2, width: 2 },
    { names: ['len', 'length'], at: 4, width: 2 },
    { names: ['csum'], at: UDP_CHECKSUM, width: 2 },
  ],
  next: { field: 'dp', values: { dns: DNS_PORT }, open: true },
};

export const TCP: HeaderShape = {
  names: ['tcp'],
  layer: 4,
  length: TCP_HEADER,
  below: 'ipv4',
  fields: [
    { names: ['sp', 'sport'], at: 0, width: 2 },
    { names: ['dp', 'dport'], at: 2, width: 2 },
    { names: ['seq'], at: 4, width: 4 },
    { names: ['aseq', 'ackseq'], at: 8, width: 4 },
    { names: ['doff', 'hlen'], at: 12, width: 2, mask: 0xf000 },
    tcpFlag(['cwr'], TCP_CWR),
    tcpFlag(['ece', 'ecn'], TCP_ECE),
    tcpFlag(['urg'], TCP_URG),
    tcpFlag(['ack'], TCP_ACK),
    tcpFlag(['psh'], TCP_PSH),
    tcpFlag(['rst'], TCP_RST),
    tcpFlag(['syn'], TCP_SYN),
    tcpFlag(['fin'], TCP_FIN),
    { names: ['win', 'window'], at: 14, width: 2 },
    { names: ['csum'], at: TCP_CHECKSUM, width: 2 },
    { names: ['urgptr'], at: 18, width: 2 },
  ],
  defaults: [{ field: 'doff', value: 5 }],
};

/** Bytes 4 to 7 mean what the type says; the fields overlap. */
export const ICMPV4: HeaderShape = {
  names: ['icmpv4', 'icmp4'],
  layer: 4,
  length: ICMP_HEADER,
  below: 'ipv4',
  fields: [
    { names: ['type'], at: 0, width: 1 },
    { names: ['code'], at: 1, width: 1 },
    { names: ['csum'], at: ICMP_CHECKSUM, width: 2 },
    { names: ['id'], at: 4, width: 2 },
    { names: ['seq'], at: 6, width: 2 },
    { names: ['addr'], at: 4, width: 4 },
    { names: ['mtu'], at: 6, width: 2 },
  ],
  words: {
    echorequest: [
      { field: 'type', value: ICMP_ECHO_REQUEST },
      { field: 'code', value: 0 },
    ],
    echoreply: [
      { field: 'type', value: ICMP_ECHO_REPLY },
      { field: 'code', value: 0 },
    ],
  },
};

export const ICMPV6: HeaderShape = {
  names: ['icmpv6', 'icmp6'],
  layer: 4,
  length: ICMPV6_HEADER,
  below: 'ipv6',
  fields: [
    {
      names: ['type'],
      at: 0,
      width: 1,
      words: { echorequest: ICMPV6_ECHO_REQUEST, echoreply: ICMPV6_ECHO_REPLY },
    },
    { names: ['code'], at: 1, width: 1 },
    { names: ['csum'], at: ICMP_CHECKSUM, width: 2 },
  ],
  words: {
    echorequest: [{ field: 'type', value: ICMPV6_ECHO_REQUEST }],
    echoreply: [{ field: 'type', value: ICMPV6_ECHO_REPLY }],
  },
};

function tcpFlag(names: readonly string[], bit: number): HeaderField {
  return { names, at: 12, width: 2, mask: bit, flag: true };
}
