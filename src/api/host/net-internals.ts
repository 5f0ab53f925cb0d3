import { type Server, Socket } from 'node:net';

/**
 * What `node:net` keeps behind its public face and these sockets rely on: names with an underscore that Node itself keeps for
 * programs that wrap them. A Node version that changes them fails the tests of this folder.
 */
export interface SocketInternals {
  /** What carries the bytes; `tls` and `http` treat a socket without one as a plain stream. */
  _handle: ClosingHandle | null;
  /** The server that took it: told when it closes. */
  _server: Server | null;
  server: Server | null;
  connecting: boolean;
  /** Something was read or written: the time of `setTimeout` begins anew. */
  _unrefTimer(): void;
  /** Makes a destroyed socket as good as new. */
  _undestroy(): void;
}

/** What `net` asks of a handle when its socket is destroyed. */
export interface ClosingHandle {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  close(done: () => void): void;
}

export interface ServerInternals {
  /** What it listens by; `listening`, `address` and `close` go by it. */
  _handle: ListeningHandle | null;
  /** Sockets that are open. */
  _connections: number;
  /** `unref` was called. */
  _unref: boolean;
  readonly allowHalfOpen: boolean;
  readonly pauseOnConnect: boolean;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  /** Seconds. */
  readonly keepAliveInitialDelay: number;
  readonly highWaterMark?: number;
}

/** What `net` asks of a server's handle. */
export interface ListeningHandle {
  close(): void;
  ref(): void;
  unref(): void;
  getsockname(out: { address?: string; port?: number; family?: string }): number;
}

export function socketInternals(socket: Socket): SocketInternals {
  return socket as unknown as SocketInternals;
}

export function serverInternals(server: Server): ServerInternals {
  return server as unknown as ServerInternals;
}

/** What a socket was asked for before it had a connection: `net` keeps it under symbols of its own. */
export function earlyOptions(socket: Socket): {
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveMillis: number;
} {
  const kept = new Map<string, unknown>();
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    kept.set(symbol.description ?? '', Reflect.get(socket, symbol));
  }
  return {
    noDelay: kept.get('kSetNoDelay') === true,
    keepAlive: kept.get('kSetKeepAlive') === true,
    keepAliveMillis: 1000 * (Number(kept.get('kSetKeepAliveInitialDelay')) || 0),
  };
}

/** True when `unref` was called before there was anything to let go: `net` waits with it for the connection. */
export function isUnreferenced(socket: Socket): boolean {
  return socket.listeners('connect').includes(Socket.prototype.unref);
}
