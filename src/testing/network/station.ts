import { Counter } from '../../blocks/counter/counter.js';
import { Ethernet } from '../../blocks/ethernet/ethernet.js';
import { Forward } from '../../blocks/forward/forward.js';
import { Tee } from '../../blocks/tee/tee.js';
import type { BlockClass } from '../../contract/block.js';
import type { Clock } from '../../contract/clock.js';
import type { LinkContext } from '../../contract/link.js';
import { type ActionInput, actionSchema } from '../../control/actions.js';
import { perform } from '../../control/perform.js';
import { Engine } from '../../engine/engine.js';
import type { TcpService } from '../../stack/blocks/tcp.js';
import type { Deadlined } from '../../stack/deadlines.js';
import { hostSteps, type InterfaceOptions, interfaceSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { Hosts } from '../../stack/hosts.js';
import { StackServices } from '../../stack/services.js';
import type { TcpListener } from '../../stack/tcp/listeners.js';
import type { TcpSettings } from '../../stack/tcp/settings.js';
import { stackTypes } from '../../stack/types.js';
import { accountFaults } from '../account.js';
import { seededRandom } from '../random.js';
import { LabUser } from '../tcp-lab.js';
import { StationLink } from './station-link.js';

/** Turns of an engine at one moment at most: more, and something goes round in it for ever. */
const MOST_TURNS = 100_000;

export interface StationOptions {
  /** Frames of its pool; default 256. */
  readonly frames?: number;
  /** Bytes of a frame, 128 of them headroom; default 2048. */
  readonly frameSize?: number;
  readonly forwarding?: boolean;
}

/** What the stations of a network have in common: the same classes, so that their code warms up once. */
export class StationKinds {
  readonly hosts = new Hosts();
  readonly services = new StackServices();
  readonly types: readonly BlockClass[] = [
    ...[Counter, Ethernet, Forward, Tee],
    ...stackTypes(this.hosts, this.services),
  ];
}

/** A host of a simulated network: an engine with the stack's blocks. */
export class Station implements Deadlined {
  deadline = Number.POSITIVE_INFINITY;
  place = -1;
  /** It waits to be run, in the network's list. */
  isReady = false;
  readonly name: string;
  readonly engine: Engine;
  readonly host: Host;
  readonly tcp: TcpService;
  readonly links: StationLink[] = [];
  private readonly wake: (station: Station) => void;
  private nextPort = 32_768;

  /** `wake` is called when it has something to do. */
  constructor(
    name: string,
    clock: Clock,
    seed: number,
    kinds: StationKinds,
    wake: (station: Station) => void,
    options: StationOptions = {},
  ) {
    this.name = name;
    this.wake = wake;
    this.engine = new Engine({
      ...{ types: kinds.types, clock, random: seededRandom(seed), fusion: { fuse: false } },
      openLink: (spec, context) => this.openLink(String(spec.name), context),
      pool: { size: options.frames ?? 256, slotSize: options.frameSize ?? 2048, headroom: 128 },
    });
    this.act(hostSteps(name));
    const host = kinds.hosts.find(name);
    const tcp = host && kinds.services.tcp.get(host);
    if (!host || !tcp) throw new Error(`station ${name} has no TCP`);
    this.host = host;
    this.tcp = tcp;
    host.forwarding = options.forwarding ?? false;
  }

  /** Adds a link with an interface; answers the link. */
  addLink(options: InterfaceOptions): StationLink {
    const name = `eth${this.links.length}`;
    this.act([
      { do: 'add', name, type: 'ethernet', config: { link: { kind: 'simulated', name }, queue: 10_000 } },
      ...interfaceSteps(this.name, this.links.length + 1, name, options),
    ]);
    return this.links[this.links.length - 1];
  }

  /** Runs something that uses its TCP. */
  do(work: () => void): void {
    this.tcp.run(work);
    this.wake(this);
  }

  /** Calls a peer; `begun` is called once there is a connection. The user hears ENETUNREACH when there is no way. */
  connect(remote: Uint8Array, port: number, begun: (user: LabUser) => void, settings?: TcpSettings): LabUser {
    const user = new LabUser();
    const localPort = this.nextPort++;
    this.do(() => {
      const path = this.tcp.path(localPort, remote, port);
      if (path === null) {
        user.over = true;
        user.failure = 'ENETUNREACH';
        return;
      }
      user.connection = this.tcp.tcp.connect(path, user, settings);
      begun(user);
    });
    return user;
  }

  /** Waits for calls; answers the users of those that have come, after `accepted` had a look at them. */
  listen(
    port: number,
    accepted: (user: LabUser) => void = () => {},
    options: Partial<Pick<TcpListener, 'backlog' | 'settings'>> = {},
  ): LabUser[] {
    const users: LabUser[] = [];
    this.tcp.tcp.listen({
      ...{ port, address: null, backlog: 16 },
      ...options,
      accept: (connection) => {
        const user = new LabUser();
        user.connection = connection;
        users.push(user);
        accepted(user);
        return user;
      },
    });
    return users;
  }

  /** Runs the engine until it has nothing to do at this moment. */
  settle(): void {
    const { engine } = this;
    for (let turns = 0; engine.turn() > 0; turns++) {
      if (turns > MOST_TURNS) throw new Error(`frames keep going round in ${this.name}`);
    }
  }

  /** Drops so far, as `block reason` → count. */
  drops(): Record<string, number> {
    return Object.fromEntries(
      this.engine.drops().map((line) => [`${line.block} ${line.reason}`, line.count]),
    );
  }

  /** What a station that has nothing to do any more should not have, as sentences. */
  left(): string[] {
    const left = accountFaults(this.engine);
    if (this.tcp.tcp.size > 0) left.push(`${this.tcp.tcp.size} connections`);
    if (this.engine.dueAt() !== Number.POSITIVE_INFINITY) left.push('a timer');
    if (this.engine.pool.free !== this.engine.pool.size) {
      left.push(`${this.engine.pool.size - this.engine.pool.free} frames in use`);
    }
    return left.map((fault) => `${this.name}: ${fault}`);
  }

  private openLink(name: string, context: LinkContext): StationLink {
    const link = new StationLink(`${this.name} ${name}`, context, () => this.wake(this));
    this.links.push(link);
    return link;
  }

  /** Changes its graph between two frames, all or nothing. */
  act(actions: readonly ActionInput[]): void {
    const list = actions.map((action) => actionSchema.parse(action));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }
}
