import type { Circuit } from '../../contract/circuit.js';
import type { TcpService } from '../../stack/blocks/tcp.js';
import type { Host } from '../../stack/host.js';
import type { ConnectionPath } from '../../stack/tcp/path.js';
import { parseZoned } from './address-text.js';
import type { HostDriver } from './driver.js';
import { addressBytes } from './inet-text.js';
import type { HostLookup } from './names.js';

/** Port numbers for those who ask for none (Linux's default range begins there), and how many of them there are. */
const FIRST_PORT = 32_768;
export const PORTS = 28_000;

/** What a path is asked for by. */
export interface PathRequest {
  /** Literal, an interface's name behind a `%` where that is needed. */
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string | undefined;
  /** 0: any that is free. */
  readonly localPort?: number | undefined;
  /** By which packets are to leave. */
  readonly circuit?: Circuit | null;
}

export type PathFailure = 'ENETDOWN' | 'ENETUNREACH' | 'EADDRNOTAVAIL' | 'EADDRINUSE';

/** What the TCP sockets of a host share. */
export class SocketHost {
  readonly host: Host;
  readonly service: TcpService;
  readonly driver: HostDriver;
  readonly lookup: HostLookup;
  private nextPort: number;

  constructor(host: Host, service: TcpService, driver: HostDriver, lookup: HostLookup) {
    this.host = host;
    this.service = service;
    this.driver = driver;
    this.lookup = lookup;
    this.nextPort = host.random() % PORTS;
  }

  /** Runs something that may send, soon. */
  run(work: () => void): void {
    this.service.run(work);
    this.driver.kick();
  }

  /** A way to a peer, from a port number that is free; or why there is none. Throws QuipuError: no address. */
  path(request: PathRequest): ConnectionPath | PathFailure {
    if (this.service.isGone) return 'ENETDOWN';
    const { address, zone } = parseZoned(request.address, this.host);
    const local = this.localFor(request, address, zone);
    if (typeof local === 'string') return local;
    if (request.localPort) {
      const path = this.service.path(request.localPort, address, request.port, local, request.circuit);
      if (path === null) return 'ENETUNREACH';
      return this.service.tcp.isFree(path) ? path : 'EADDRINUSE';
    }
    for (let tries = 0; tries < PORTS; tries++) {
      const path = this.service.path(this.anyPort(), address, request.port, local, request.circuit);
      if (path === null) return 'ENETUNREACH';
      if (this.service.tcp.isFree(path)) return path;
    }
    return 'EADDRNOTAVAIL';
  }

  anyPort(): number {
    this.nextPort = (this.nextPort + 1) % PORTS;
    return FIRST_PORT + this.nextPort;
  }

  private localFor(
    { localAddress }: PathRequest,
    remote: Uint8Array,
    zone: number,
  ): Uint8Array | undefined | 'EADDRNOTAVAIL' {
    if (localAddress !== undefined) {
      const local = addressBytes(localAddress);
      if (local === null || local.length !== remote.length) return 'EADDRNOTAVAIL';
      if (local.every((byte) => byte === 0)) return undefined;
      return this.host.isLocal(local, 0, local.length) ? local : 'EADDRNOTAVAIL';
    }
    // An address of one link is known by the address of ours from which it is called.
    const way = zone === 0 ? null : this.host.destination(remote, 0, remote.length, zone);
    return (way && this.host.sourceFor(way)) ?? undefined;
  }
}
