import type { BlockClass } from '../contract/block.js';
import { arpType } from './blocks/arp.js';
import { icmpType4and6 } from './blocks/icmp.js';
import { interfaceType } from './blocks/interface.js';
import { ipDeliverType } from './blocks/ip-deliver.js';
import { ipInputType } from './blocks/ip-input.js';
import { ipOutputType } from './blocks/ip-output.js';
import { ipRouteType } from './blocks/ip-route.js';
import { type TcpService, tcpType } from './blocks/tcp.js';
import type { Host } from './host.js';
import type { Hosts } from './hosts.js';

/** The types of block of which the hosts of one engine are made. */
export function stackTypes(hosts: Hosts, tcp: Map<Host, TcpService>): BlockClass[] {
  return [
    interfaceType(hosts),
    arpType(hosts),
    ipInputType(hosts),
    ipRouteType(hosts),
    ipDeliverType(),
    ipOutputType(hosts),
    icmpType4and6(hosts),
    tcpType(hosts, tcp),
  ];
}
