import { QuipuError } from '../contract/error.js';
import type { GeneratorRequest } from '../control/generator-words.js';
import type { DaemonInfo } from '../control/protocol.js';
import { type ControlServer, serveControl } from '../control/server.js';
import type { Request } from '../control/service.js';
import type { NodeStatus } from '../control/views.js';
import type { EngineHandle } from './engine-handle.js';
import type { Generators } from './generators.js';
import type { DaemonHosts } from './hosts/hosts.js';
import { Journal } from './journal.js';
import type { NodeLog } from './log.js';
import type { MadeDevice } from './messages.js';
import type { DaemonOptions } from './start.js';
import { streamLog, streamSocket, streamTap, streamTrace } from './streams.js';
import { version } from './version.js';

/** A running daemon: an engine thread, the control socket, the log and the journal. */
export class Daemon {
  readonly engine: EngineHandle;
  readonly log: NodeLog;
  private readonly journal: Journal;
  private readonly options: DaemonOptions;
  private server: ControlServer | null = null;
  /** Packets and traffic generators; loaded with the first request for them, to keep the start short. */
  private generators: Promise<Generators> | null = null;
  /** Hosts in threads of their own; loaded with the first request for them. */
  private hosts: Promise<DaemonHosts> | null = null;
  private closing: Promise<NodeStatus> | null = null;
  private ended!: (status: NodeStatus | null) => void;
  /** Resolves with the last account when the daemon is down; null when its engine died. */
  readonly end: Promise<NodeStatus | null>;

  private constructor(options: DaemonOptions, engine: EngineHandle, log: NodeLog, journal: Journal) {
    this.options = options;
    this.engine = engine;
    this.log = log;
    this.journal = journal;
    this.end = new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  /**
   * Cleans up after a daemon that was killed, and listens once the engine's thread is there. Throws QuipuError; the engine
   * is closed then. Used through `startDaemon`.
   */
  static async assemble(
    options: DaemonOptions,
    starting: Promise<EngineHandle>,
    log: NodeLog,
  ): Promise<Daemon> {
    const journal = new Journal(options.socket);
    let daemon: Daemon | null = null;
    try {
      for (const line of await journal.clean()) log.add(`[quipu] ${line}`);
      daemon = new Daemon(options, await starting, log, journal);
      await daemon.listen();
      journal.write({});
      log.add('[quipu] core up and running!');
      return daemon;
    } catch (error) {
      // Who loses the race for the socket leaves the winner's journal alone.
      if (daemon?.server) journal.remove();
      await daemon?.server?.close();
      await (await starting).close();
      throw error;
    }
  }

  /** Notes the devices that the engine has made, or the sockets of hosts. */
  note(now: { readonly devices?: readonly MadeDevice[]; readonly hostSockets?: readonly string[] }): void {
    try {
      this.journal.write(now);
    } catch (error) {
      this.log.add(`[quipu] ${(error as Error).message}`); // a full disk: the daemon goes on without it
    }
  }

  private async listen(): Promise<void> {
    this.server = await serveControl(this.options.socket, {
      request: (request) => this.request(request),
      log: (query, response) => streamLog(this.log, query, response),
      tap: (query, response) => streamTap(this.engine, this.log, query, response),
      trace: (query, response) => streamTrace(this.engine, query, response),
      daemon: {
        down: () => this.down(),
        socket: (query, request, response) => streamSocket(this.engine, this.log, query, request, response),
        generators: async (request: GeneratorRequest) => (await this.theGenerators()).handle(request),
        generatorEvents: async (query, response) => {
          const generators = await this.theGenerators();
          (await import('./generators-stream.js')).streamGeneratorEvents(generators, query, response);
        },
        hosts: async (request) => (await this.theHosts()).handle(request),
      },
    });
  }

  private theHosts(): Promise<DaemonHosts> {
    if (this.closing) throw new QuipuError('unreachable', 'the daemon is going down');
    this.hosts ??= import('./hosts/hosts.js').then(
      ({ DaemonHosts }) =>
        new DaemonHosts({
          socket: this.options.socket,
          log: (line) => this.log.add(line),
          noteSockets: (hostSockets) => this.note({ hostSockets }),
          engine: this.engine,
          now: () => performance.now(),
        }),
    );
    return this.hosts;
  }

  private theGenerators(): Promise<Generators> {
    if (this.closing) throw new QuipuError('unreachable', 'the daemon is going down');
    this.generators ??= import('./generators-here.js').then(({ generatorsHere }) =>
      generatorsHere((line) => this.log.add(line)),
    );
    return this.generators;
  }

  async request(request: Request): Promise<unknown> {
    if (this.closing) throw new QuipuError('unreachable', 'the daemon is going down');
    const result = await this.engine.request<unknown>(request);
    return request.op === 'status' ? { ...(result as NodeStatus), daemon: this.info() } : result;
  }

  private info(): DaemonInfo {
    return {
      version,
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      socket: this.options.socket,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /** Stops hosts and traffic generators, closes blocks and links, then the socket. Answers the last account. Safe to call twice. */
  down(): Promise<NodeStatus> {
    this.closing ??= this.close();
    return this.closing;
  }

  private async close(): Promise<NodeStatus> {
    await this.stopOthers();
    const status = await this.engine.close();
    this.log.add('[quipu] core down');
    this.journal.remove();
    // The answer to who asked for the end goes out first.
    setImmediate(() => {
      void this.server?.close().then(() => this.ended(status));
    });
    return status;
  }

  /** The engine's thread has died: nothing works any more. */
  died(error: Error): void {
    if (this.closing) return;
    this.log.add(`[quipu] the engine thread died: ${error.stack ?? error.message}`);
    void this.stopOthers()
      .then(() => this.journal.remove())
      .then(() => this.server?.close())
      .then(() => this.ended(null));
  }

  /** What runs beside the engines. */
  private async stopOthers(): Promise<void> {
    const hosts = await this.hosts?.catch(() => null);
    await hosts?.close();
    const generators = await this.generators?.catch(() => null); // could not be loaded: whoever asked was told
    await generators?.close();
  }
}
