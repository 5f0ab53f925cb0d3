import type { Agent, AgentOptions } from 'node:http';
import type { Agent as TlsAgent, AgentOptions as TlsAgentOptions } from 'node:https';
import type { ListenOptions, ServerOpts, Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { catalogue } from '../../blocks/catalogue.js';
import type { Circuit } from '../../contract/circuit.js';
import { QuipuError } from '../../contract/error.js';
import { type ActionInput, actionSchema } from '../../control/actions.js';
import type { HostRequest, HostRequestInput } from '../../control/host-words.js';
import { perform } from '../../control/perform.js';
import { linkOpener } from '../../daemon/link-kinds.js';
import { NodeLog } from '../../daemon/log.js';
import { Engine } from '../../engine/engine.js';
import { systemClock } from '../../linux/clock.js';
import type { AddressState } from '../../stack/addresses.js';
import type { IcmpService } from '../../stack/blocks/icmp.js';
import type { TcpService } from '../../stack/blocks/tcp.js';
import type { UdpService } from '../../stack/blocks/udp.js';
import { hostSteps, interfaceSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { Hosts } from '../../stack/hosts.js';
import { stackTypes } from '../../stack/types.js';
import { parseNetwork } from './address-text.js';
import { hostAgent, hostTlsAgent } from './agent.js';
import type { HostControl } from './control/host-control.js';
import { answerHostRequest, checkHostRequest } from './control/host-requests.js';
import { addRoute } from './control/routes.js';
import { dial } from './dial.js';
import { type HostDispatcher, hostDispatcher } from './dispatcher.js';
import { HostDriver } from './driver.js';
import { addressText } from './inet-text.js';
import { type NameService, nameService } from './name-service.js';
import type { Caller, ConnectOptions, HostLink, HostOptions } from './options.js';
import {
  type Hop,
  type PingAnswer,
  type PingOptions,
  ping,
  type TracerouteOptions,
  traceroute,
} from './ping.js';
import { secureRandom } from './random.js';
import { HostServer } from './server.js';
import { endOf, HostSocket } from './socket.js';
import { SocketHost } from './socket-host.js';
import { prepareTls } from './tls-parent.js';
import { addTunnel } from './tunnels.js';
import { HostUdpSocket, type RemoteInfo, type UdpSocketOptions } from './udp-socket.js';

/** Room for 65,535 bytes behind every header in front of them. */
const LONG_FRAME = 17 * 4096;

/** Makes a host. Throws QuipuError: what its links or addresses have against it. */
export function createHost(options: HostOptions): QuipuHost {
  return new QuipuHost(options);
}

/** A host of our own in this thread: its engine, its links, its sockets. */
export class QuipuHost implements Caller {
  readonly name: string;
  readonly engine: Engine;
  /** Resolves when the control socket, if it is to have one, takes requests. Rejects with QuipuError when there is none. */
  readonly ready: Promise<void>;
  private readonly driver: HostDriver;
  private readonly log = new NodeLog(() => systemClock.now() / 1000);
  private control: HostControl | null = null;
  private readonly host: Host;
  /** What its TCP sockets share. */
  readonly sockets: SocketHost;
  private readonly names: NameService;
  private readonly udpService: UdpService;
  private readonly icmpService: IcmpService;

  constructor(options: HostOptions) {
    const hosts = new Hosts();
    const services = new Map<Host, TcpService>();
    const [udp, icmp] = [new Map<Host, UdpService>(), new Map<Host, IcmpService>()];
    const random = secureRandom();
    this.name = options.name;
    this.engine = new Engine({
      types: [...catalogue, ...stackTypes(hosts, services, udp, icmp)],
      clock: systemClock,
      random,
      openLink: options.openLink ?? linkOpener(new Map()),
      log: (line) => this.log.add(line),
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
    this.names = nameService(options, {
      ...{ host: this, clock: systemClock, random },
      sourceFor: (address) => udpService.sourceFor(address),
    });
    this.sockets = new SocketHost(host, service, this.driver, this.names.lookup);
    this.udpService = udpService;
    this.icmpService = icmpService;
    host.forwarding = options.forwarding ?? false;
    for (const link of options.links) this.addLink(link);
    for (const [i, tunnel] of (options.tunnels ?? []).entries()) {
      addTunnel(host, tunnel, options.tunnels?.[i - 1]?.name ?? null, (steps) => this.act(steps));
    }
    for (const via of [options.gateway ?? []].flat()) addRoute(host, { to: 'default', via });
    prepareTls();
    this.ref();
    this.driver.watchLinks();
    this.driver.kick();
    this.ready = options.control === undefined ? Promise.resolve() : this.openControl(options.control);
  }

  /**
   * Calls a peer: `net.connect` over this host, by the same options. The socket emits `connect`, or `error`; `connected`
   * hears of the first.
   */
  connect(options: ConnectOptions, connected?: () => void): HostSocket {
    const socket = new HostSocket(this.sockets, options);
    if (connected) socket.once('connect', connected);
    if (options.timeout) socket.setTimeout(options.timeout);
    if (options.circuit) socket.attach(options.circuit);
    dial(socket, endOf(socket), options);
    return socket;
  }

  /** An agent whose connections are this host's: `http.get({ …, agent })`. */
  agent(options?: AgentOptions): Agent {
    return hostAgent(this, options);
  }

  /** The same for `https.get`. */
  tlsAgent(options?: TlsAgentOptions): TlsAgent {
    return hostTlsAgent(this, options);
  }

  /** For Node's own `fetch`: `fetch(url, { dispatcher })`. Throws QuipuError no-support where Node does not show its undici. */
  dispatcher(tls?: ConnectionOptions): HostDispatcher {
    return hostDispatcher(this, tls);
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
    const shared = { service: this.udpService, driver: this.driver, lookup: this.sockets.lookup };
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

  /** A number for a new circuit of this host. */
  nextCircuit(): number {
    return this.host.circuits.nextNumber();
  }

  /**
   * Lets sockets be attached to a circuit whose packets pass a link of this host's, one without hardware addresses. It is
   * forgotten when it closes. Throws QuipuError: no such link, or one with addresses of its own.
   */
  addCircuit(circuit: Circuit, link: string): void {
    const at = this.host.interfaces.find(({ name }) => name === link);
    if (at === undefined) throw new QuipuError('unknown-name', `host ${this.name} has no link ${link}`);
    if (at.mac !== null) {
      throw new QuipuError(
        'bad-config',
        `link ${link} of host ${this.name} has a hardware address: circuits have none`,
      );
    }
    this.host.circuits.add(circuit, at);
  }

  /** What a control socket takes by `/v1/host`: addresses, routes, neighbours, sockets, statistics. Rejects with QuipuError. */
  async request<T>(given: HostRequestInput): Promise<T> {
    return this.ask(checkHostRequest(given)) as Promise<T>;
  }

  /** Ends it: peers get resets, sockets close. Nothing happens the second time. */
  close(): void {
    if (this.driver.isClosed) return;
    this.names.close();
    // While there is still a way to send by.
    const { service } = this.sockets;
    service.run(() => service.tcp.close());
    this.engine.turn();
    this.driver.unwatch();
    // Its own way to close makes a change that waits for its confirmation final.
    if (this.control) this.control.close();
    else this.engine.close();
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
    const options = { ...(mac === undefined ? {} : { mac }), mtu, ipv6, check, offload };
    this.act([
      mac === undefined
        ? { do: 'add', name, type: 'ip-link', config: { link } }
        : { do: 'add', name, type: 'ethernet', config: { link, promiscuous: true } }, // its address is not the device's
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

  /** Between two turns of the engine. */
  private ask(request: HostRequest): Promise<unknown> {
    const parts = {
      ...{ host: this.host, engine: this.engine },
      ...{ tcp: this.sockets.service.tcp, udp: this.udpService.udp },
    };
    return new Promise((resolve, reject) => {
      const answer = () => {
        try {
          if (this.driver.isClosed) throw new QuipuError('unreachable', `host ${this.name} is closed`);
          resolve(answerHostRequest(parts, request));
        } catch (error) {
          reject(error);
        }
      };
      if (this.driver.isClosed) answer();
      else this.driver.tell(answer);
    });
  }

  private async openControl(path: string): Promise<void> {
    const { HostControl } = await import('./control/host-control.js');
    if (this.driver.isClosed) return;
    const { engine, driver, log } = this;
    const ask = (request: HostRequest) => this.ask(request);
    const links = () => this.host.interfaces.map(({ name }) => name);
    this.control = new HostControl(path, { host: this, engine, driver, log, links, ask });
    await this.control.open();
  }

  private act(steps: readonly ActionInput[]): void {
    const list = steps.map((step) => actionSchema.parse(step));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }
}
