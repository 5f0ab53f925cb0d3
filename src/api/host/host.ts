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
import { hostSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { Hosts } from '../../stack/hosts.js';
import { type HostServices, StackServices } from '../../stack/services.js';
import { stackTypes } from '../../stack/types.js';
import { hostAgent, hostTlsAgent } from './agent.js';
import type { HostControl } from './control/host-control.js';
import { answerHostRequest, checkHostRequest } from './control/host-requests.js';
import { addRoute } from './control/routes.js';
import { dial } from './dial.js';
import { type HostDispatcher, hostDispatcher } from './dispatcher.js';
import { HostDriver } from './driver.js';
import { addressText } from './inet-text.js';
import { addLink } from './links.js';
import { type NameService, nameService } from './name-service.js';
import type { Caller, ConnectOptions, HostOptions } from './options.js';
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
import type { RemoteInfo } from './udp-ends.js';
import type { UdpSocketOptions } from './udp-options.js';
import { HostUdpSocket } from './udp-socket.js';

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
  private readonly services: HostServices;

  constructor(options: HostOptions) {
    const hosts = new Hosts();
    const offered = new StackServices();
    const random = secureRandom();
    this.name = options.name;
    this.engine = new Engine({
      types: [...catalogue, ...stackTypes(hosts, offered)],
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
    const services = host && offered.of(host);
    if (!services) throw new QuipuError('internal', `host ${options.name} lacks TCP, UDP or ICMP`);
    this.host = host;
    this.services = services;
    this.names = nameService(options, {
      ...{ host: this, clock: systemClock, random },
      sourceFor: (address) => services.udp.sourceFor(address),
    });
    this.sockets = new SocketHost(host, services.tcp, this.driver, this.names.lookup);
    host.forwarding = options.forwarding ?? false;
    try {
      this.build(options);
    } catch (error) {
      this.close(); // its devices would stay
      throw error;
    }
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
    const shared = { service: this.services.udp, driver: this.driver, lookup: this.sockets.lookup };
    const socket = new HostUdpSocket(shared, typeof options === 'string' ? { type: options } : options);
    if (onMessage) socket.on('message', onMessage);
    return socket;
  }

  /** Asks a host for an echo. Rejects with QuipuError only for a wrong address or option. */
  async ping(address: string, options: PingOptions = {}): Promise<PingAnswer> {
    return ping({ service: this.services.icmp, driver: this.driver }, address, options);
  }

  /** Goes along the way to a host, hop by hop. */
  traceroute(address: string, options: TracerouteOptions = {}): AsyncGenerator<Hop, void> {
    return traceroute({ service: this.services.icmp, driver: this.driver }, address, options);
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
   * forgotten when it closes. Throws QuipuError: no such link, one with addresses of its own, or a number that is in use.
   */
  addCircuit(circuit: Circuit, link: string): void {
    const at = this.host.interfaces.find(({ name, isGone }) => name === link && !isGone);
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
    const { tcp } = this.services;
    tcp.run(() => tcp.tcp.close());
    this.engine.turn();
    this.driver.unwatch();
    this.host.circuits.clear();
    // Its own way to close makes a change that waits for its confirmation final.
    if (this.control) this.control.close();
    else this.engine.close();
    this.driver.close();
  }

  private ask(request: HostRequest): Promise<unknown> {
    const { host, engine, driver, services } = this;
    const parts = { host, engine, tcp: services.tcp.tcp, udp: services.udp.udp };
    return driver.ask(() => {
      if (driver.isClosed) throw new QuipuError('unreachable', `host ${this.name} is closed`);
      return answerHostRequest(parts, request);
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

  private build({ links, tunnels = [], gateway = [] }: HostOptions): void {
    const act = (steps: readonly ActionInput[]) => this.act(steps);
    for (const link of links) addLink(this.host, link, act);
    let before: string | null = null;
    for (const tunnel of tunnels) {
      addTunnel(this.host, tunnel, before, act);
      before = tunnel.name;
    }
    for (const via of [gateway].flat()) addRoute(this.host, { to: 'default', via });
  }

  private act(steps: readonly ActionInput[]): void {
    const list = steps.map((step) => actionSchema.parse(step));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }
}
