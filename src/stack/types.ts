import type { BlockClass } from '../contract/block.js';
import { arpType } from './blocks/arp.js';
import { groupsType } from './blocks/groups.js';
import { icmpType4and6 } from './blocks/icmp.js';
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
import { tcpType } from './blocks/tcp.js';
import { udpType } from './blocks/udp.js';
import type { Hosts } from './hosts.js';
import { StackServices } from './services.js';

/** The types of block of which the hosts of one engine are made; `services` will tell what each host offers. */
export function stackTypes(hosts: Hosts, services = new StackServices()): BlockClass[] {
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
    icmpType4and6(hosts, services.icmp),
    ipErrorType(hosts),
    tcpType(hosts, services.tcp),
    udpType(hosts, services.udp),
  ];
}
