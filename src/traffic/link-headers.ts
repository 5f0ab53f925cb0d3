import { ARP_LENGTH, ARP_REPLY, ARP_REQUEST } from '../wire/arp.js';
import {
  ETHERNET_HEADER,
  ETHERNET_SOURCE,
  ETHERNET_TYPE,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_QINQ,
  ETHERTYPE_VLAN,
} from '../wire/ethernet.js';
import {
  ETHERTYPE_MAC_CONTROL,
  OPCODE_PAUSE,
  OPCODE_PFC,
  PAUSE_LENGTH,
  PFC_LENGTH,
  PFC_PRIORITIES,
} from '../wire/mac-control.js';
import {
  ETHERTYPE_MPLS,
  MPLS_BOTTOM_MASK,
  MPLS_CLASS_MASK,
  MPLS_ENTRY,
  MPLS_LABEL_MASK,
  MPLS_TTL_MASK,
} from '../wire/mpls.js';
import { VLAN_TAG } from '../wire/vlan.js';
import type { HeaderField, HeaderShape } from './header-shape.js';

/** EtherTypes of the headers that a link header may be followed by. */
const ETHERTYPES = {
  arp: ETHERTYPE_ARP,
  ipv4: ETHERTYPE_IPV4,
  ipv6: ETHERTYPE_IPV6,
  mpls: ETHERTYPE_MPLS,
  pause: ETHERTYPE_MAC_CONTROL,
  pfc: ETHERTYPE_MAC_CONTROL,
};

export const ETH: HeaderShape = {
  names: ['eth'],
  layer: 2,
  length: ETHERNET_HEADER,
  fields: [
    { names: ['da', 'daddr'], at: 0, width: 6 },
    { names: ['sa', 'saddr'], at: ETHERNET_SOURCE, width: 6 },
    { names: ['type', 'etype', 'prot', 'proto'], at: ETHERNET_TYPE, width: 2 },
  ],
  defaults: [{ field: 'sa', device: 'mac' }],
  next: { field: 'type', values: { ...ETHERTYPES, vlan: ETHERTYPE_VLAN } },
};

/** A tag begins with the type field of what it stands on, whose value moves behind the tag. */
export const VLAN: HeaderShape = {
  names: ['vlan'],
  layer: 2,
  length: VLAN_TAG,
  below: 'eth',
  fields: [
    { names: ['tpid', 'prot', 'proto'], at: -2, width: 2 },
    { names: ['tci'], at: 0, width: 2 },
    { names: ['pcp'], at: 0, width: 2, mask: 0xe000 },
    { names: ['dei', 'cfi'], at: 0, width: 2, mask: 0x1000 },
    { names: ['id'], at: 0, width: 2, mask: 0x0fff },
    { names: ['inner type'], at: 2, width: 2, hidden: true },
  ],
  words: {
    '1q': [{ field: 'tpid', value: ETHERTYPE_VLAN }],
    '1ad': [{ field: 'tpid', value: ETHERTYPE_QINQ }],
  },
  defaults: [{ field: 'tpid', value: ETHERTYPE_VLAN }],
  next: { field: 'inner type', always: true, values: ETHERTYPES, open: true },
};

export const MPLS: HeaderShape = {
  names: ['mpls'],
  layer: 2,
  length: MPLS_ENTRY,
  below: 'eth',
  fields: [
    { names: ['label', 'lbl'], at: 0, width: 4, mask: MPLS_LABEL_MASK },
    { names: ['tc', 'tclass', 'exp'], at: 0, width: 4, mask: MPLS_CLASS_MASK },
    { names: ['last'], at: 0, width: 4, mask: MPLS_BOTTOM_MASK },
    { names: ['ttl'], at: 0, width: 4, mask: MPLS_TTL_MASK },
  ],
  defaults: [{ field: 'last', value: 1 }],
  next: { field: 'last', values: { mpls: 0 }, open: true },
};

export const ARP: HeaderShape = {
  names: ['arp'],
  layer: 2,
  length: ARP_LENGTH,
  below: 'eth',
  fields: [
    { names: ['htype'], at: 0, width: 2 },
    { names: ['ptype'], at: 2, width: 2 },
    { names: ['hardware length'], at: 4, width: 1, hidden: true },
    { names: ['protocol length'], at: 5, width: 1, hidden: true },
    {
      names: ['op', 'oper'],
      at: 6,
      width: 2,
      words: { request: ARP_REQUEST, req: ARP_REQUEST, reply: ARP_REPLY },
    },
    { names: ['smac', 'sha'], at: 8, width: 6 },
    { names: ['sip', 'spa'], at: 14, width: 4 },
    { names: ['tmac', 'tha'], at: 18, width: 6 },
    { names: ['tip', 'tpa'], at: 24, width: 4 },
  ],
  words: {
    request: [{ field: 'op', value: ARP_REQUEST }],
    req: [{ field: 'op', value: ARP_REQUEST }],
    reply: [{ field: 'op', value: ARP_REPLY }],
  },
  defaults: [
    { field: 'htype', value: 1 },
    { field: 'ptype', value: ETHERTYPE_IPV4 },
    { field: 'hardware length', value: 6 },
    { field: 'protocol length', value: 4 },
    { field: 'op', value: ARP_REQUEST },
    { field: 'smac', device: 'mac' },
    { field: 'sip', device: 'ipv4' },
    { field: 'tip', device: 'ipv4' },
  ],
};

export const PAUSE: HeaderShape = {
  names: ['pause'],
  layer: 2,
  length: PAUSE_LENGTH,
  below: 'eth',
  fields: [
    { names: ['code'], at: 0, width: 2 },
    { names: ['time'], at: 2, width: 2 },
  ],
  defaults: [{ field: 'code', value: OPCODE_PAUSE }],
};

export const PFC: HeaderShape = {
  names: ['pfc'],
  layer: 2,
  length: PFC_LENGTH,
  below: 'eth',
  fields: [
    { names: ['code'], at: 0, width: 2 },
    { names: ['prio', 'pri'], at: 2, width: 2 },
    ...Array.from({ length: PFC_PRIORITIES }, priorityFields).flat(),
  ],
  defaults: [{ field: 'code', value: OPCODE_PFC }],
};

function priorityFields(_: unknown, priority: number): HeaderField[] {
  return [
    { names: [`prio(${priority})`, `pri(${priority})`], at: 2, width: 2, mask: 1 << priority },
    { names: [`time(${priority})`], at: 4 + 2 * priority, width: 2 },
  ];
}
