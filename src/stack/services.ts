import type { IcmpService } from './blocks/icmp.js';
import type { TcpService } from './blocks/tcp.js';
import type { UdpService } from './blocks/udp.js';
import type { Host } from './host.js';

/** What a host offers to those who use its protocols. */
export interface HostServices {
  readonly tcp: TcpService;
  readonly udp: UdpService;
  readonly icmp: IcmpService;
}

/** What the hosts of one engine offer: a block notes itself when it is made, and is forgotten when it is closed. */
export class StackServices {
  readonly tcp = new Map<Host, TcpService>();
  readonly udp = new Map<Host, UdpService>();
  readonly icmp = new Map<Host, IcmpService>();

  /** All that a host offers; null when it lacks one of them. */
  of(host: Host): HostServices | null {
    const [tcp, udp, icmp] = [this.tcp.get(host), this.udp.get(host), this.icmp.get(host)];
    return tcp && udp && icmp ? { tcp, udp, icmp } : null;
  }
}
