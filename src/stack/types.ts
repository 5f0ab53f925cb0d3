import type { BlockClass } from '../contract/block.js';
import { arpType } from './blocks/arp.js';
import { groupsType } from './blocks/groups.js';
import { type IcmpService, icmpType4and6 } from './blocks/icmp.js';
import { interfaceType } from './blocks/interface.js';
import { ipDeliverType } from './blocks/ip-deliver.js';
import { ipErrorType } from './blocks/ip-error.js';
import { ipForwardType } from './blocks/ip-forward.js';
import { ipFragmentsType } from './blocks/ip-fragments.js';
import { ipInputType } from './blocks/ip-input.js';
import { ipOutputType } from './blocks/ip-output.js';
import { ipRouteType } from './blocks/ip-route.js';
import { ipTunnelType } from './blocks/ip-tunnel.js';
import { ndpType } from './blocks/ndp.js';
import { type TcpService, tcpType } from './blocks/tcp.js';
import { type UdpService, udpType } from './blocks/udp.js';
import type { Host } from './host.js';
import type { Hosts } from './hosts.js';

/** The types of block of which the hosts of one engine are made. The maps are filled with what each host offers. */
export function stackTypes(
  hosts: Hosts,
  tcp: Map<Host, TcpService>,
  udp: Map<Host, UdpService> = new Map(),
  icmp: Map<Host, IcmpService> = new Map(),
): BlockClass[] {
  return [
    interfaceType(hosts),
    arpType(hosts),
    ndpType(hosts),
    groupsType(hosts),
    ipInputType(hosts),
    ipRouteType(hosts),
    ipFragmentsType(),
    ipForwardType(hosts),
    ipDeliverType(),
    ipOutputType(hosts),
    ipTunnelType(hosts),
    icmpType4and6(hosts, icmp),
    ipErrorType(hosts),
    tcpType(hosts, tcp),
    udpType(hosts, udp),
  ];
}
