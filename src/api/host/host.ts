import type { ListenOptions, ServerOpts, Socket, SocketConstructorOpts } from 'node:net';
import { catalogue } from '../../blocks/catalogue.js';
import { QuipuError } from '../../contract/error.js';
import type { LinkOpener, LinkSpec } from '../../contract/link.js';
import { type ActionInput, actionSchema } from '../../control/actions.js';
import { perform } from '../../control/perform.js';
import { linkOpener } from '../../daemon/link-kinds.js';
import { Engine } from '../../engine/engine.js';
import { systemClock } from '../../linux/clock.js';
import type { AddressState } from '../../stack/addresses.js';
import type { IcmpService } from '../../stack/blocks/icmp.js';
import type { TcpService } from '../../stack/blocks/tcp.js';
import type { UdpService } from '../../stack/blocks/udp.js';
import { hostSteps, interfaceSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { Hosts } from '../../stack/hosts.js';
import type { Ipv6Mode } from '../../stack/interface.js';
import { stackTypes } from '../../stack/types.js';
import { parseNetwork, parseZoned } from './address-text.js';
import { type DialOptions, dial } from './dial.js';
import { HostDriver } from './driver.js';
import { addressText } from './inet-text.js';
import { type HostLookup, type HostNames, lookupIn } from './names.js';
import {
  type Hop,
  type PingAnswer,
  type PingOptions,
  ping,
  type TracerouteOptions,
  traceroute,
} from './ping.js';
import { HostServer } from './server.js';
import { endOf, HostSocket } from './socket.js';
import { SocketHost } from './socket-host.js';
import { prepareTls } from './tls-parent.js';
import { HostUdpSocket, type RemoteInfo, type UdpSocketOptions } from './udp-socket.js';

export interface HostOptions {
  readonly name: string;
  readonly links: readonly HostLink[];
  /** Where packets go that no other route takes: an address of each family, or one. */
  readonly gateway?: string | readonly string[];
  /** Packets for others are passed on between the links; then routers are not listened to. */
  readonly forwarding?: boolean;
  /**
   * The frames of the host's pool: how many, and bytes of each. Default: 1024 of 68 KiB, so that the longest packet of
   * IP fits one. Memory is touched, and so taken, only as far as frames are in use and long.
   */
  readonly frames?: { readonly count?: number; readonly bytes?: number };
  /** Addresses of names. `localhost` is the host itself. */
  readonly names?: HostNames;
  /** Finds the addresses of names instead. */
  readonly lookup?: HostLookup;
  /** Opens links; default: every kind that there is. */
  readonly openLink?: LinkOpener;
}

/** As for `net.connect`: whom to call, and how the socket is made. */
export type ConnectOptions = DialOptions &
  SocketConstructorOpts & {
    /** Milliseconds of `setTimeout`, from the beginning. */
    readonly timeout?: number;
    readonly noDelay?: boolean;
    readonly keepAlive?: boolean;
    readonly keepAliveInitialDelay?: number;
  };

export interface HostLink {
  readonly name: string;
  /** Device name, or a link as an object. */
  readonly link: string | LinkSpec;
  readonly mac: string;
  readonly mtu?: number;
  /** `10.0.0.1/24`, `2001:db8::1/64`. */
  readonly addresses: readonly string[];
  /** IPv6 by itself: not at all, a link-local address, or (the default) also addresses and routes that routers advertise. */
  readonly ipv6?: Ipv6Mode;
  /** When others on the link are asked whether an address is theirs: before it is used, meanwhile (the default), or not. */
  readonly check?: 'before' | 'meanwhile' | 'off';
}

/** Room for 65,535 bytes behind every header in front of them. */
const LONG_FRAME = 17 * 4096;

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
  /** What its TCP sockets share. */
  readonly sockets: SocketHost;
  private readonly udpService: UdpService;
  private readonly icmpService: IcmpService;

  constructor(options: HostOptions) {
    const hosts = new Hosts();
    const services = new Map<Host, TcpService>();
    const [udp, icmp] = [new Map<Host, UdpService>(), new Map<Host, IcmpService>()];
    const random = () => Math.floor(Math.random() * 0x1_0000_0000);
    this.name = options.name;
    this.engine = new Engine({
      types: [...catalogue, ...stackTypes(hosts, services, udp, icmp)],
      clock: systemClock,
      random,
      openLink: options.openLink ?? linkOpener(new Map()),
      pool: {
        size: options.frames?.count ?? 1024,
        slotSize: options.frames?.bytes ?? LONG_FRAME,
        headroom: 128,
      },
    });
    this.driver = new HostDriver(this.engine);
    this.act(hostSteps(options.name));
    const host = hosts.find(options.name);
    const service = host && services.get(host);
    const [udpService, icmpService] = [host && udp.get(host), host && icmp.get(host)];
    if (!host || !service || !udpService || !icmpService) {
      throw new QuipuError('internal', `host ${options.name} lacks TCP, UDP or ICMP`);
    }
    this.host = host;
    this.sockets = new SocketHost(
      host,
      service,
      this.driver,
      options.lookup ?? lookupIn(options.names ?? {}),
    );
    this.udpService = udpService;
    this.icmpService = icmpService;
    host.forwarding = options.forwarding ?? false;
    for (const link of options.links) this.addLink(link);
    for (const gateway of [options.gateway ?? []].flat()) this.addGateway(gateway);
    prepareTls();
    this.ref();
    this.driver.watchLinks();
    this.driver.kick();
  }

  /**
   * Calls a peer: `net.connect` over this host, by the same options. The socket emits `connect`, or `error`; `connected`
   * hears of the first.
   */
  connect(options: ConnectOptions, connected?: () => void): HostSocket {
    const socket = new HostSocket(this.sockets, options);
    if (connected) socket.once('connect', connected);
    if (options.timeout) socket.setTimeout(options.timeout);
    dial(socket, endOf(socket), options);
    return socket;
  }

  /** A `net.Server` that listens at this host, when told so: for what takes its options. */
  createServer(options: ServerOpts = {}, accept?: (socket: Socket) => void): HostServer {
    const server = new HostServer(this.sockets, options);
    if (accept) server.on('connection', accept);
    return server;
  }

  /** Waits for calls at a port number, 0 for a free one, or where options say. It emits `listening`, or `error`. */
  listen(
    where: number | ListenOptions,
    accept?: (socket: Socket) => void,
    options: ServerOpts = {},
  ): HostServer {
    const server = this.createServer(options, accept);
    server.listen(typeof where === 'number' ? { port: where } : { ...where });
    return server;
  }

  /** Frames may have come by a link without a file descriptor: of those nobody else hears. */
  lookAtLinks(): void {
    this.driver.kick();
  }

  /** Lets the process end when none of its sockets and servers keeps it, as with those of `net`. */
  unref(): this {
    this.driver.letGo(this);
    return this;
  }

  /** Keeps the process alive until `close`: so it is at first. */
  ref(): this {
    this.driver.hold(this);
    return this;
  }

  /** A UDP socket; it is bound by `bind`, or by the first datagram that it sends. */
  udp(
    options: UdpSocketOptions['type'] | UdpSocketOptions,
    onMessage?: (message: Buffer, from: RemoteInfo) => void,
  ): HostUdpSocket {
    const shared = { service: this.udpService, driver: this.driver };
    const socket = new HostUdpSocket(shared, typeof options === 'string' ? { type: options } : options);
    if (onMessage) socket.on('message', onMessage);
    return socket;
  }

  /** Asks a host for an echo. Rejects with QuipuError only for a wrong address or option. */
  async ping(address: string, options: PingOptions = {}): Promise<PingAnswer> {
    return ping({ service: this.icmpService, driver: this.driver }, address, options);
  }

  /** Goes along the way to a host, hop by hop. */
  traceroute(address: string, options: TracerouteOptions = {}): AsyncGenerator<Hop, void> {
    return traceroute({ service: this.icmpService, driver: this.driver }, address, options);
  }

  /** The addresses of its interfaces as they are now, those among them that it had to give up to others (`duplicate`). */
  addresses(): { interface: string; address: string; bits: number; state: AddressState }[] {
    return this.host.interfaces.flatMap(({ name, addresses }) =>
      addresses.map(({ address, bits, state }) => ({
        ...{ interface: name, address: addressText(address), bits, state },
      })),
    );
  }

  close(): void {
    this.engine.close();
    this.driver.close();
  }

  private addLink({
    name,
    link,
    mac,
    mtu = 1500,
    addresses,
    ipv6 = 'auto',
    check = 'meanwhile',
  }: HostLink): void {
    const offload = typeof link === 'object' && link.offload === true;
    const options = { mac, mtu, ipv6, check, offload };
    this.act([
      { do: 'add', name, type: 'ethernet', config: { link } },
      ...interfaceSteps(this.name, this.host.interfaces.length + 1, name, options),
    ]);
    const made = this.host.interfaces[this.host.interfaces.length - 1];
    for (const text of addresses) {
      const { address, bits } = parseNetwork(text);
      if (!this.host.addAddress(made, address, bits, check === 'off' ? {} : { check })) {
        throw new QuipuError('name-taken', `host ${this.name} has the address ${text} already`);
      }
    }
  }

  private addGateway(text: string): void {
    const { address: gateway, zone } = parseZoned(text, this.host);
    const way = this.host.destination(gateway, 0, gateway.length, zone);
    if (way === null || way.interface.index === 0) {
      throw new QuipuError('bad-config', `gateway ${text} is on none of the networks of host ${this.name}`);
    }
    const prefix = new Uint8Array(gateway.length);
    this.host.addRoute({ prefix, bits: 0, gateway, interface: way.interface.index, metric: 0 });
  }

  private act(steps: readonly ActionInput[]): void {
    const list = steps.map((step) => actionSchema.parse(step));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }
}
