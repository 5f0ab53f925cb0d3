import type { HostRequest } from '../../../control/host-words.js';
import type { DaemonInfo } from '../../../control/protocol.js';
import { type ControlServer, serveControl } from '../../../control/server.js';
import { freeSocketPath } from '../../../control/server-socket.js';
import type { Request } from '../../../control/service.js';
import { checkSocketPath } from '../../../control/socket-path.js';
import type { NodeStatus } from '../../../control/views.js';
import { EngineHandle } from '../../../daemon/engine-handle.js';
import type { NodeLog } from '../../../daemon/log.js';
import { streamLog, streamTap, streamTrace } from '../../../daemon/streams.js';
import { version } from '../../../daemon/version.js';
import type { Engine } from '../../../engine/engine.js';
import type { HostDriver } from '../driver.js';
import type { QuipuHost } from '../host.js';
import { LocalEngine } from './local-engine.js';
import { refuseLoss } from './own-blocks.js';
import { hostStreams } from './streams.js';

/** What of a host its control socket is made of. */
export interface ControlledHost {
  readonly host: QuipuHost;
  readonly engine: Engine;
  readonly driver: HostDriver;
  readonly log: NodeLog;
  /** Names of the blocks that hold its links. */
  links(): readonly string[];
  /** Answers a request that was checked. */
  ask(request: HostRequest): Promise<unknown>;
}

/** The control socket of a host: what a daemon serves for its engines, and what only a host is asked. */
export class HostControl {
  private readonly path: string;
  private readonly controlled: ControlledHost;
  private readonly local: LocalEngine;
  private readonly handle: EngineHandle;
  private readonly startedAt: number;
  private server: ControlServer | null = null;
  private isClosed = false;

  constructor(path: string, controlled: ControlledHost) {
    const { engine, driver, log } = controlled;
    this.path = path;
    this.controlled = controlled;
    this.startedAt = engine.clock.now();
    this.local = new LocalEngine(engine, driver, (line) => log.add(line));
    this.handle = EngineHandle.over((listener) => this.local.heardBy(listener));
  }

  /** Listens; the file that a dead process left is taken away. Rejects with QuipuError. */
  async open(): Promise<void> {
    checkSocketPath(this.path, 'name a shorter one by "control"');
    await freeSocketPath(this.path, 'host');
    const { handle } = this;
    const { log } = this.controlled;
    const server = await serveControl(this.path, {
      request: (request) => this.request(request),
      log: (query, response) => streamLog(log, query, response),
      tap: (query, response) => streamTap(handle, log, query, response),
      trace: (query, response) => streamTrace(handle, query, response),
      host: { ask: (request) => this.controlled.ask(request), streams: hostStreams(this.controlled.host) },
    });
    if (this.isClosed) await server.close();
    else this.server = server;
  }

  /** Closes the host's blocks, then the socket, whose file is gone at once. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.local.close();
    void this.server?.close();
  }

  private async request(request: Request): Promise<unknown> {
    const { engine, host, links } = this.controlled;
    if (request.op === 'apply') refuseLoss(engine, host.name, links(), request.graph);
    const result = await this.handle.request<unknown>(request);
    return request.op === 'status' ? { ...(result as NodeStatus), daemon: this.info() } : result;
  }

  private info(): DaemonInfo {
    return {
      ...{ version, pid: process.pid, socket: this.path, rssBytes: process.memoryUsage.rss() },
      uptimeSeconds: (this.controlled.engine.clock.now() - this.startedAt) / 1e6,
    };
  }
}
