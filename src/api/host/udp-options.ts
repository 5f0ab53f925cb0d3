import type { UdpService } from '../../stack/blocks/udp.js';
import type { HostDriver } from './driver.js';
import type { HostLookup } from './names.js';

/** What UDP sockets of a host share. */
export interface UdpSocketHost {
  readonly service: UdpService;
  readonly driver: Pick<HostDriver, 'tell' | 'kick' | 'hold' | 'letGo'>;
  /** Without it only addresses can be given, and `localhost`. */
  readonly lookup?: HostLookup;
}

export interface UdpSocketOptions {
  readonly type: 'udp4' | 'udp6';
  /** Others may bind the same address and port number, if they say so too. */
  readonly reuseAddr?: boolean;
  /** Bytes of datagrams that may wait to be read. */
  readonly recvBufferSize?: number;
  /** An udp6 socket speaks IPv6 only; otherwise IPv4, too, as ::ffff:10.0.0.1. */
  readonly ipv6Only?: boolean;
  /** Kept and told; what is sent leaves at once. */
  readonly sendBufferSize?: number;
  /** Instead of the host's own. */
  readonly lookup?: HostLookup;
  /** Closes the socket. */
  readonly signal?: AbortSignal;
}
