import type { Family } from './syntax.js';

/** A protocol of the language: where its header begins, and what says that a frame has it. */
export interface Protocol {
  /** The header whose bytes `name[…]` counts from; null: it has no such form. */
  readonly layer: 'link' | 'network' | 'transport' | null;
  /** EtherType, or service access point of IEEE 802.2, for protocols right above Ethernet. */
  readonly etherType?: number;
  /** Protocol number of IP, and in which families the bare name finds it. */
  readonly number?: number;
  readonly family?: Family;
}

/** By the names of pcap-filter(7). */
export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['ether', { layer: 'link' }],
  ['link', { layer: 'link' }],
  ['ip', { layer: 'network', etherType: 0x0800 }],
  ['ip6', { layer: 'network', etherType: 0x86dd }],
  ['arp', { layer: 'network', etherType: 0x0806 }],
  ['rarp', { layer: 'network', etherType: 0x8035 }],
  ['decnet', { layer: 'network', etherType: 0x6003 }],
  ['lat', { layer: 'network', etherType: 0x6004 }],
  ['mopdl', { layer: 'network', etherType: 0x6001 }],
  ['moprc', { layer: 'network', etherType: 0x6002 }],
  ['atalk', { layer: 'network', etherType: 0x809b }],
  ['aarp', { layer: null, etherType: 0x80f3 }],
  ['ipx', { layer: null, etherType: 0xe0 }],
  ['iso', { layer: null, etherType: 0xfe }],
  ['netbeui', { layer: null, etherType: 0xf0 }],
  ['stp', { layer: null, etherType: 0x42 }],
  ['tcp', { layer: 'transport', number: 6, family: 'any' }],
  ['udp', { layer: 'transport', number: 17, family: 'any' }],
  ['sctp', { layer: 'transport', number: 132, family: 'any' }],
  ['icmp', { layer: 'transport', number: 1, family: 'ip' }],
  ['icmp6', { layer: 'transport', number: 58, family: 'ip6' }],
  ['igmp', { layer: 'transport', number: 2, family: 'ip' }],
  ['igrp', { layer: 'transport', number: 9, family: 'ip' }],
  ['pim', { layer: 'transport', number: 103, family: 'any' }],
  ['vrrp', { layer: 'transport', number: 112, family: 'ip' }],
  ['carp', { layer: 'transport', number: 112, family: 'ip' }],
  ['ah', { layer: null, number: 51, family: 'any' }],
  ['esp', { layer: null, number: 50, family: 'any' }],
]);

/** Offsets and values of header fields (pcap-filter(7)). */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['icmptype', 0],
  ['icmpcode', 1],
  ['icmp6type', 0],
  ['icmp6code', 1],
  ['tcpflags', 13],
  ['tcp-fin', 0x01],
  ['tcp-syn', 0x02],
  ['tcp-rst', 0x04],
  ['tcp-push', 0x08],
  ['tcp-ack', 0x10],
  ['tcp-urg', 0x20],
  ['tcp-ece', 0x40],
  ['tcp-cwr', 0x80],
  ['icmp-echoreply', 0],
  ['icmp-unreach', 3],
  ['icmp-sourcequench', 4],
  ['icmp-redirect', 5],
  ['icmp-echo', 8],
  ['icmp-routeradvert', 9],
  ['icmp-routersolicit', 10],
  ['icmp-timxceed', 11],
  ['icmp-paramprob', 12],
  ['icmp-tstamp', 13],
  ['icmp-tstampreply', 14],
  ['icmp-ireq', 15],
  ['icmp-ireqreply', 16],
  ['icmp-maskreq', 17],
  ['icmp-maskreply', 18],
  ['icmp6-destinationunreach', 1],
  ['icmp6-packettoobig', 2],
  ['icmp6-timeexceeded', 3],
  ['icmp6-parameterproblem', 4],
  ['icmp6-echo', 128],
  ['icmp6-echoreply', 129],
  ['icmp6-multicastlistenerquery', 130],
  ['icmp6-multicastlistenerreportv1', 131],
  ['icmp6-multicastlistenerdone', 132],
  ['icmp6-routersolicit', 133],
  ['icmp6-routeradvert', 134],
  ['icmp6-neighborsolicit', 135],
  ['icmp6-neighboradvert', 136],
  ['icmp6-redirect', 137],
]);

/** Words of pcap-filter(7) that are known but not understood here: docs/filters.md says what to write instead. */
export const UNSUPPORTED: ReadonlySet<string> = new Set(
  [
    // they need more than the frame, or loops
    'gateway inbound outbound ifname on rnr rulenum reason rset ruleset srnr subrulenum action protochain',
    // headers that move what is behind them, but for vlan
    'mpls pppoed pppoes geneve llc',
    // protocols within ISO's network layer
    'clnp esis es-is isis is-is l1 l2 iih lsp snp csnp psnp',
    // link layers other than Ethernet
    'fddi tr wlan ppp slip type subtype dir lane metac bcc oam oamf4 oamf4ec oamf4sc connectmsg metaconnect vpi vci',
    'fisu lssu msu hfisu hlssu hmsu sio opc dpc sls',
  ].flatMap((line) => line.split(' ')),
);
