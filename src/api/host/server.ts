import { Server, type ServerOpts, type Socket } from 'node:net';
import { listenAt } from './listen.js';
import { netError } from './net-errors.js';
import type { SocketHost } from './socket-host.js';

/** Waits for calls at a host: a `net.Server` in every respect but where it listens. */
export class HostServer extends Server {
  private readonly host: SocketHost;
  private readonly sockets = new Set<Socket>();

  constructor(host: SocketHost, options: ServerOpts = {}) {
    super(options);
    this.host = host;
    this.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Destroys all sockets that it has taken and that are open. `close` takes no more calls, but waits for those. */
  closeAllConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** By this `net` has a server listen, once it has understood what `listen` was given. */
  _listen2(address: string | null, port: number, _type: number, backlog?: number, fd?: number): void {
    if (fd === undefined && port >= 0) listenAt(this, this.host, { address, port, backlog });
    else process.nextTick(() => this.emit('error', netError('EINVAL', 'listen')));
  }
}
