import { isIP, Server, type ServerOpts, type Socket } from 'node:net';
import { listenAt } from './listen.js';
import { netError } from './net-errors.js';
import type { SocketHost } from './socket-host.js';

/** As `net` tells it of the option `ipv6Only`. */
export const IPV6_ONLY = 1;

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

  /** As that of `net`; a name is looked up as the host does. */
  override listen(...given: unknown[]): this {
    const [first, second] = given;
    const isOptions = typeof first === 'object' && first !== null;
    const name = isOptions ? Reflect.get(first, 'host') : second;
    if (typeof name !== 'string' || name === '' || isIP(name.replace(/%.*$/, ''))) {
      Reflect.apply(super.listen, this, given);
      return this;
    }
    const listen = super.listen;
    this.host.lookup(name, {}, (error, address) => {
      if (error) this.emit('error', error);
      else if (isOptions) Reflect.apply(listen, this, [{ ...first, host: address }, ...given.slice(1)]);
      else Reflect.apply(listen, this, [first, address, ...given.slice(2)]);
    });
    return this;
  }

  /** By this `net` has a server listen, once it has understood what `listen` was given. */
  _listen2(
    address: string | null,
    port: number,
    _type: number,
    backlog?: number,
    fd?: number,
    flags = 0,
  ): void {
    const ipv6Only = (flags & IPV6_ONLY) !== 0;
    if (fd === undefined && port >= 0) listenAt(this, this.host, { address, port, backlog, ipv6Only });
    else process.nextTick(() => this.emit('error', netError('EINVAL', 'listen')));
  }
}
