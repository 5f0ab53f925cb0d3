import { EventEmitter } from 'node:events';
import type { Connection } from '../../stack/tcp/connection.js';
import type { TcpListener } from '../../stack/tcp/tcp.js';
import { formatIpv4 } from '../../wire/ipv4.js';
import { HostSocket, type SocketHost } from './socket.js';

/** Handshakes under way at most; callers beyond are answered by cookies. */
const BACKLOG = 511;

/** Waits for calls at a port number of a host, with the face of a `net.Server`. */
export class HostServer extends EventEmitter {
  private readonly host: SocketHost;
  private readonly listener: TcpListener;
  private readonly sockets = new Set<HostSocket>();
  listening = true;

  constructor(host: SocketHost, port: number, address: Uint8Array | null, allowHalfOpen: boolean) {
    super();
    this.host = host;
    this.listener = {
      ...{ port, address, backlog: BACKLOG },
      accept: (connection) => this.take(connection, allowHalfOpen),
    };
    if (!host.service.tcp.listen(this.listener)) {
      const where = `${address === null ? '0.0.0.0' : formatIpv4(address)}:${port}`;
      throw Object.assign(new Error(`listen EADDRINUSE: address already in use ${where}`), {
        ...{ code: 'EADDRINUSE', syscall: 'listen', port },
      });
    }
  }

  address(): { port: number; address: string; family: string } {
    const { address, port } = this.listener;
    return { port, address: address === null ? '0.0.0.0' : formatIpv4(address), family: 'IPv4' };
  }

  /** No more calls are taken. `done` is called when the last connection has ended. */
  close(done?: () => void): this {
    if (done) this.once('close', done);
    if (this.listening) {
      this.listening = false;
      this.host.service.run(() => this.host.service.tcp.unlisten(this.listener));
      this.host.driver.kick();
    }
    this.endIfDone();
    return this;
  }

  private take(connection: Connection, allowHalfOpen: boolean) {
    const socket = new HostSocket(this.host, allowHalfOpen);
    socket.attach(connection);
    this.sockets.add(socket);
    socket.once('connect', () => this.emit('connection', socket));
    // Until then nobody else knows of it.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.endIfDone();
    });
    return socket.user;
  }

  private endIfDone(): void {
    if (!this.listening && this.sockets.size === 0) this.host.driver.tell(() => this.emit('close'));
  }
}
