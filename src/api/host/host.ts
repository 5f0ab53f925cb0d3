import { catalogue } from '../../blocks/catalogue.js';
import { QuipuError } from '../../contract/error.js';
import type { LinkSpec } from '../../contract/link.js';
import { type ActionInput, actionSchema } from '../../control/actions.js';
import { perform } from '../../control/perform.js';
import { linkOpener } from '../../daemon/link-kinds.js';
import { Engine } from '../../engine/engine.js';
import { systemClock } from '../../linux/clock.js';
import type { TcpService } from '../../stack/blocks/tcp.js';
import { hostSteps, interfaceSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { Hosts } from '../../stack/hosts.js';
import { stackTypes } from '../../stack/types.js';
import { parseIpv4 } from '../../wire/ipv4.js';
import { HostDriver } from './driver.js';
import { HostServer } from './server.js';
import { HostSocket } from './socket.js';

export interface HostOptions {
  readonly name: string;
  readonly links: readonly HostLink[];
  /** Where packets go that no other route takes. */
  readonly gateway?: string;
}

export interface HostLink {
  readonly name: string;
  /** Device name, or a link as an object. */
  readonly link: string | LinkSpec;
  readonly mac: string;
  readonly mtu?: number;
  /** `10.0.0.1/24`. */
  readonly addresses: readonly string[];
}

/** Makes a host. Throws QuipuError: what its links or addresses have against it. */
export function createHost(options: HostOptions): QuipuHost {
  return new QuipuHost(options);
}

/** A host of our own in this thread: its engine, its links, its sockets. */
export class QuipuHost {
  readonly name: string;
  readonly engine: Engine;
  private readonly driver: HostDriver;
  private readonly host: Host;
  private readonly service: TcpService;
  private nextPort: number;

  constructor(options: HostOptions) {
    const hosts = new Hosts();
    const services = new Map<Host, TcpService>();
    const random = () => Math.floor(Math.random() * 0x1_0000_0000);
    this.name = options.name;
    this.engine = new Engine({
      types: [...catalogue, ...stackTypes(hosts, services)],
      clock: systemClock,
      random,
      openLink: linkOpener(new Map()),
      pool: { size: 4096, slotSize: 2048, headroom: 128 },
    });
    this.driver = new HostDriver(this.engine);
    this.act(hostSteps(options.name));
    const host = hosts.find(options.name);
    const service = host && services.get(host);
    if (!host || !service) throw new QuipuError('internal', `host ${options.name} has no TCP`);
    this.host = host;
    this.service = service;
    this.nextPort = 32_768 + (random() % 28_000);
    for (const link of options.links) this.addLink(link);
    if (options.gateway !== undefined) this.addGateway(options.gateway);
    this.driver.watchLinks();
    this.driver.kick();
  }

  /** Calls a peer. The socket emits `connect`, or `error`. */
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly allowHalfOpen?: boolean;
  }): HostSocket {
    const shared = { service: this.service, driver: this.driver };
    const socket = new HostSocket(shared, options.allowHalfOpen ?? false);
    const address = ipv4(options.host);
    this.service.run(() => {
      const path = this.freePath(address, options.port);
      if (path === null) {
        const error = Object.assign(new Error(`connect ENETUNREACH ${options.host}:${options.port}`), {
          ...{ code: 'ENETUNREACH', syscall: 'connect', address: options.host, port: options.port },
        });
        this.driver.tell(() => socket.destroy(error));
      } else socket.attach(this.service.tcp.connect(path, socket.user));
    });
    this.driver.kick();
    return socket;
  }

  /** Waits for calls at a port number. Throws an error with the code EADDRINUSE. */
  listen(port: number, accept?: (socket: HostSocket) => void, allowHalfOpen = false): HostServer {
    const shared = { service: this.service, driver: this.driver };
    const server = new HostServer(shared, port, null, allowHalfOpen);
    if (accept) server.on('connection', accept);
    return server;
  }

  close(): void {
    this.engine.close();
    this.driver.close();
  }

  private addLink({ name, link, mac, mtu = 1500, addresses }: HostLink): void {
    this.act([
      { do: 'add', name, type: 'ethernet', config: { link } },
      ...interfaceSteps(this.name, this.host.interfaces.length + 1, name, { mac, mtu }),
    ]);
    const made = this.host.interfaces[this.host.interfaces.length - 1];
    for (const text of addresses) {
      const [address, bits = '32'] = text.split('/');
      if (!this.host.addAddress(made, ipv4(address), Number(bits))) {
        throw new QuipuError('name-taken', `host ${this.name} has the address ${address} already`);
      }
    }
  }

  private addGateway(text: string): void {
    const gateway = ipv4(text);
    const way = this.host.destination(gateway, 0, 4);
    if (way === null) {
      throw new QuipuError('bad-config', `gateway ${text} is on none of the networks of host ${this.name}`);
    }
    const prefix = new Uint8Array(4);
    this.host.addRoute({ prefix, bits: 0, gateway, interface: way.interface.index, metric: 0 });
  }

  /** A way from a port number that is free. */
  private freePath(remote: Uint8Array, remotePort: number) {
    for (let tries = 0; tries < 28_000; tries++) {
      const port = 32_768 + (this.nextPort++ % 28_000);
      const path = this.service.path(port, remote, remotePort);
      if (path === null || this.service.tcp.isFree(path)) return path;
    }
    return null;
  }

  private act(steps: readonly ActionInput[]): void {
    const list = steps.map((step) => actionSchema.parse(step));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }
}

function ipv4(text: string): Uint8Array {
  const address = parseIpv4(text);
  if (address === null) throw new QuipuError('bad-request', `${text} is no IPv4 address`);
  return address;
}
