import { AsyncResource } from 'node:async_hooks';
import type { Server } from 'node:net';
import { mapped } from '../../stack/mapped.js';
import type { Connection, ConnectionUser } from '../../stack/tcp/connection.js';
import type { TcpListener } from '../../stack/tcp/listeners.js';
import { abort } from '../../stack/tcp/operate.js';
import { addressBytes, addressText, familyText } from './inet-text.js';
import { netError } from './net-errors.js';
import { type ListeningHandle, serverInternals, socketInternals } from './net-internals.js';
import { endOf, HostSocket } from './socket.js';
import { PORTS, type SocketHost } from './socket-host.js';

/** Handshakes under way at most, where none is given; callers beyond are answered by cookies. */
const BACKLOG = 511;

/** Where a server is to wait. */
export interface ListenPlace {
  /** Literal; null or `::`: every address, of both families; `0.0.0.0`: every one of IPv4. */
  readonly address: string | null;
  /** `::` stands for addresses of IPv6 only. */
  readonly ipv6Only?: boolean;
  /** 0: any that is free. */
  readonly port: number;
  readonly backlog?: number | undefined;
}

/** Makes a server wait for calls at a host: `listening` follows, or `error` (EADDRINUSE, EADDRNOTAVAIL). */
export function listenAt(server: Server, host: SocketHost, place: ListenPlace): void {
  const internals = serverInternals(server);
  const handle = HostListener.open(server, host, place);
  if (handle instanceof Error) {
    process.nextTick(() => server.emit('error', handle));
    return;
  }
  internals._handle = handle;
  if (internals._unref) handle.unref();
  process.nextTick(() => {
    if (internals._handle === handle) server.emit('listening');
  });
}

/** What a `net.Server` listens by when it listens at a host. */
class HostListener implements ListeningHandle {
  private readonly server: Server;
  private readonly host: SocketHost;
  private readonly listener: TcpListener;
  private readonly context = new AsyncResource('QUIPUSERVER');
  private isOpen = true;

  static open(server: Server, host: SocketHost, place: ListenPlace): HostListener | Error {
    const bytes = place.address === null ? null : addressBytes(place.address);
    const address = bytes?.every((byte) => byte === 0) ? null : bytes;
    const family = address === null ? familyOfAny(bytes, place.ipv6Only ?? false) : {};
    const end = { address: place.address ?? '::', port: place.port };
    if (address !== null && !host.host.isLocal(address, 0, address.length)) {
      return netError('EADDRNOTAVAIL', 'listen', end, 'EADDRNOTAVAIL: address not available');
    }
    if (host.service.isGone) {
      return netError('ENETDOWN', 'listen', end, 'ENETDOWN: the host’s TCP was removed');
    }
    for (let tries = place.port === 0 ? PORTS : 1; tries > 0; tries--) {
      const port = place.port || host.anyPort();
      const made = new HostListener(server, host, {
        ...{ address, port, backlog: place.backlog || BACKLOG },
        ...family,
      });
      if (host.service.tcp.listen(made.listener)) {
        made.ref();
        return made;
      }
    }
    return netError('EADDRINUSE', 'listen', end, 'EADDRINUSE: address already in use');
  }

  private constructor(server: Server, host: SocketHost, where: Omit<TcpListener, 'accept'>) {
    this.server = server;
    this.host = host;
    this.listener = { ...where, accept: () => this.caller };
  }

  getsockname(out: { address?: string; port?: number; family?: string }): number {
    const { address, family = 16, port } = this.listener;
    const shown = address ?? new Uint8Array(family);
    out.address = addressText(shown);
    out.family = familyText(shown);
    out.port = port;
    return 0;
  }

  ref(): void {
    if (this.isOpen) this.host.driver.hold(this);
  }

  unref(): void {
    this.host.driver.letGo(this);
  }

  close(): void {
    this.isOpen = false;
    this.unref();
    // At once: who listens here next finds the place free.
    this.host.service.tcp.unlisten(this.listener);
    this.host.driver.kick();
  }

  /** User of the calls whose handshake is not done: there is no socket yet. */
  private readonly caller: ConnectionUser = {
    established: (connection) => {
      this.host.driver.tell(() => this.context.runInAsyncScope(this.take, this, connection));
    },
    readable() {},
    ended() {},
    writable() {},
    closed() {},
  };

  private take(connection: Connection): void {
    const server = this.server;
    const host = this.host;
    const internals = serverInternals(server);
    const showsMapped = this.listener.address === null && this.listener.family !== 4;
    if (!this.isOpen) {
      host.run(() => abort(connection, 'ECONNABORTED'));
      return;
    }
    if (server.maxConnections && internals._connections >= server.maxConnections) {
      const { localPort, remotePort } = connection.path;
      const [localAddress, remoteAddress] = [connection.path.localAddress, connection.path.remoteAddress].map(
        (address) => (showsMapped ? mapped(address) : address),
      );
      server.emit('drop', {
        ...{ localAddress: addressText(localAddress), localPort, localFamily: familyText(localAddress) },
        ...{ remoteAddress: addressText(remoteAddress), remotePort, remoteFamily: familyText(remoteAddress) },
      });
      host.run(() => abort(connection, 'ECONNABORTED'));
      return;
    }
    const { allowHalfOpen, highWaterMark } = internals;
    const socket = new HostSocket(host, {
      allowHalfOpen,
      ...(highWaterMark === undefined
        ? {}
        : { readableHighWaterMark: highWaterMark, writableHighWaterMark: highWaterMark }),
    });
    const end = endOf(socket);
    end.showsMapped = showsMapped;
    end.noDelay = internals.noDelay;
    if (internals.keepAlive) socket.setKeepAlive(true, 1000 * internals.keepAliveInitialDelay);
    end.attach(connection);
    internals._connections++;
    socketInternals(socket).server = server;
    socketInternals(socket)._server = server;
    if (internals.pauseOnConnect) socket.pause();
    else socket.read(0);
    server.emit('connection', socket);
  }
}

/** Of which family an address called is, where all are meant. */
function familyOfAny(any: Uint8Array | null | undefined, ipv6Only: boolean): Pick<TcpListener, 'family'> {
  if (any?.length === 4) return { family: 4 };
  return ipv6Only ? { family: 16 } : {};
}
