import { checkHostConfig } from '../../api/host/config.js';
import { QuipuError } from '../../contract/error.js';
import { ControlClient } from '../../control/client.js';
import type { HostRow, HostsRequest, HostView } from '../../control/host-words.js';
import { checkSocketPath, hostSocketPath } from '../../control/socket-path.js';
import type { EngineHandle } from '../engine-handle.js';
import { HostTie } from '../host-link.js';
import type { HostSetup } from './host-setup.js';
import { joinToNode } from './node-links.js';
import { RunningHost } from './running-host.js';

/** How long a host may take to tell its addresses, in milliseconds. */
const ANSWER_LIMIT = 2_000;

/** What the hosts of a daemon need of it. */
export interface HostsSurroundings {
  /** The daemon's own control socket. */
  readonly socket: string;
  readonly log: (line: string) => void;
  /** Notes the control sockets that are to be gone when the daemon is. */
  readonly noteSockets: (paths: readonly string[]) => void;
  /** What links of kind `node` lead to. */
  readonly engine: EngineHandle;
  /** What each host's thread runs; default: the host. */
  readonly entry?: URL;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** The hosts that run in a daemon, each in a thread of its own. */
export class DaemonHosts {
  private readonly around: HostsSurroundings;
  private readonly running = new Map<string, RunningHost>();
  private isClosing = false;

  constructor(around: HostsSurroundings) {
    this.around = around;
  }

  /** Rejects with QuipuError. */
  handle(request: HostsRequest): Promise<unknown> {
    switch (request.op) {
      case 'start':
        return this.start(request.config);
      case 'stop':
        return this.stop(request.name);
      case 'list':
        return Promise.all([...this.running.values()].map((host) => this.rowOf(host)));
    }
  }

  /** Stops all of them. */
  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all([...this.running.values()].map((host) => host.stop()));
  }

  private async start(document: unknown): Promise<HostRow> {
    const config = checkHostConfig(document);
    const { name } = config;
    const socket = hostSocketPath(this.around.socket, name);
    if (config.control !== undefined) {
      throw new QuipuError(
        'bad-config',
        `control: a host of the daemon has its control socket at ${socket}: leave the key out`,
      );
    }
    checkSocketPath(socket, 'give the host a shorter name, or the daemon a shorter path with --socket');
    this.check(name);
    const joined = await joinToNode(config, (options) => HostTie.open(this.around.engine, options));
    const host = await this.run({ config: joined.config, socket }, joined.part);
    this.note();
    const isUp = host.ready.then(
      () => true,
      () => false,
    );
    void host.ended.then(async (error) => {
      this.running.delete(name);
      this.note();
      if (!(await isUp)) return; // whoever started it is told why
      const what = error === null ? 'has ended' : `died: ${error.stack ?? error.message}`;
      this.around.log(`[quipu] host ${name} ${what}`);
    });
    try {
      await host.ready;
    } catch (error) {
      await host.stop(); // so that the name is free when it is tried again
      throw error;
    }
    this.around.log(`[quipu] host ${name} is up`);
    return this.rowOf(host);
  }

  /** Throws QuipuError: no host of this name can be started now. */
  private check(name: string): void {
    if (this.isClosing) throw new QuipuError('unreachable', 'the daemon is going down');
    if (this.running.has(name)) {
      throw new QuipuError(
        'name-taken',
        `host ${name} runs already: stop it with "quipu host stop ${name}", or choose another name`,
      );
    }
  }

  /** Starts its thread; `part` is called when that has ended, or when there is none. */
  private async run(setup: HostSetup, part: () => Promise<void>): Promise<RunningHost> {
    try {
      this.check(setup.config.name); // again: making its links took time
      const host = new RunningHost(setup, this.around.now(), part, this.around.entry);
      this.running.set(setup.config.name, host);
      return host;
    } catch (error) {
      await part();
      throw error;
    }
  }

  private async stop(name: string): Promise<null> {
    const host = this.running.get(name);
    if (host === undefined) {
      const names = [...this.running.keys()].join(', ');
      const others = names === '' ? 'none runs' : `those that run: ${names}`;
      throw new QuipuError('unknown-name', `no host ${name} runs in the daemon; ${others}`);
    }
    await host.stop();
    return null;
  }

  private async rowOf({ setup, startedAt }: RunningHost): Promise<HostRow> {
    const { config, socket } = setup;
    return {
      ...{ name: config.name, socket, links: config.links.map(({ name }) => name) },
      addresses: await addressesOf(socket),
      uptimeSeconds: (this.around.now() - startedAt) / 1000,
    };
  }

  private note(): void {
    this.around.noteSockets([...this.running.values()].map(({ setup }) => setup.socket));
  }
}

/** What the host itself tells of its addresses; none where it does not answer. */
async function addressesOf(socket: string): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ANSWER_LIMIT);
  });
  const asked = new ControlClient(socket).host<HostView>({ op: 'show' }).catch(() => null);
  const view = await Promise.race([asked, late]);
  clearTimeout(timer);
  const rows = view?.interfaces.filter(({ index }) => index > 0) ?? [];
  // What turned out to be somebody else's is none of its addresses.
  const own = rows.flatMap(({ addresses }) => addresses.filter(({ state }) => state !== 'duplicate'));
  return own.map(({ address, bits }) => `${address}/${bits}`);
}
