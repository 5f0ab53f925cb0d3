import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Circuit } from '../../contract/circuit.js';
import type { TcpInfo } from '../../control/host-words.js';
import { mapped } from '../../stack/mapped.js';
import type { Connection } from '../../stack/tcp/connection.js';
import { tcpInfo } from './control/tcp-info.js';
import { addressText, familyText } from './inet-text.js';
import { earlyOptions, isUnreferenced, socketInternals } from './net-internals.js';
import type { SocketHost } from './socket-host.js';
import { TcpEnd } from './tcp-end.js';

/** Milliseconds without traffic before keepalive begins, where `setKeepAlive` names none (RFC 9293 §3.8.4: two hours). */
const KEEP_ALIVE = 7_200_000;

const END = Symbol('quipu.end');

interface SocketName {
  readonly address?: string;
  readonly port?: number;
  readonly family?: string;
}

/** A TCP connection of a host: a `net.Socket` in every respect but what carries its bytes. Not done: the option `onread`. */
export class HostSocket extends Socket {
  readonly [END]: TcpEnd;

  constructor(host: SocketHost, options: SocketConstructorOpts = {}) {
    super(options);
    this[END] = new TcpEnd(host, this);
    takeOptions(this, this[END]);
  }

  /** The connection beneath, for its counts and state; null before it was made. */
  get beneath(): Connection | null {
    return this[END].connection;
  }

  /** How the connection is doing, as Linux tells by TCP_INFO; null before there is one. */
  info(): TcpInfo | null {
    const connection = this[END].connection;
    return connection && tcpInfo(connection);
  }

  override _read(): void {
    this[END].read();
  }

  override _write(
    chunk: Buffer | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const isText = typeof chunk === 'string';
    this[END].write(isText ? Buffer.from(chunk, encoding) : chunk, isText, done);
  }

  override _writev(
    chunks: readonly { chunk: Buffer | string; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const all = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this[END].write(Buffer.concat(all), true, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this[END].finish(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const end = this[END];
    end.release();
    // `net` takes leave of a handle, and tells by it whether `close` comes from an error.
    const { bytesRead, bytesWritten } = end;
    socketInternals(this)._handle = { bytesRead, bytesWritten, close: (closed) => setImmediate(closed) };
    super._destroy(error, done);
  }

  override setNoDelay(on = true): this {
    this[END].setNoDelay(on);
    return this;
  }

  override setKeepAlive(on = false, initialDelayMillis = 0): this {
    this[END].setKeepAlive(on ? initialDelayMillis || KEEP_ALIVE : 0);
    return this;
  }

  /**
   * Lets what is sent from here leave by a circuit of its own, as long as that is open (Arequipa, seed 000 §3); null: by the
   * host's routes again. Before `connect` it carries the call, too.
   */
  attach(circuit: Circuit | null): this {
    this[END].setCircuit(circuit);
    return this;
  }

  override ref(): this {
    this[END].setReference(true);
    return this;
  }

  override unref(): this {
    this[END].setReference(false);
    return this;
  }

  /** Ends it by a reset; a connection that is still being made, when it is. */
  override resetAndDestroy(): this {
    if (this.connecting) {
      this.once('connect', () => this.resetAndDestroy());
      return this;
    }
    this[END].resets = true;
    return this.destroy();
  }

  /** `net` asks these for `remoteAddress`, `localPort` and so on. They stay known when the connection has ended. */
  _getpeername(): SocketName {
    const { connection, showsMapped } = this[END];
    const path = connection?.path;
    return path === undefined ? {} : nameOf(path.remoteAddress, path.remotePort, showsMapped);
  }

  _getsockname(): SocketName {
    const { connection, showsMapped } = this[END];
    const path = connection?.path;
    return path === undefined ? {} : nameOf(path.localAddress, path.localPort, showsMapped);
  }
}

// What `net` has as properties that it works out: the type of the class has them already.
Object.defineProperties(HostSocket.prototype, {
  pending: {
    configurable: true,
    get(this: HostSocket): boolean {
      return this.connecting || this.destroyed || this[END].connection === null;
    },
  },
  bytesRead: {
    configurable: true,
    get(this: HostSocket): number {
      return this[END].bytesRead;
    },
  },
  _bytesDispatched: {
    configurable: true,
    get(this: HostSocket): number {
      return this[END].bytesWritten;
    },
  },
  bufferSize: {
    configurable: true,
    get(this: HostSocket): number | undefined {
      return this.destroyed ? undefined : this.writableLength;
    },
  },
});

/** The end of a socket that has one. */
export function endOf(socket: HostSocket): TcpEnd {
  return socket[END];
}

/** True for sockets of hosts, made so or adopted. */
export function isHostSocket(socket: Socket): socket is HostSocket {
  return Reflect.has(socket, END);
}

/** Makes a `net.Socket` of somebody else's one of the host's. */
export function adoptSocket(socket: Socket, host: SocketHost): TcpEnd {
  const { constructor: _, ...face } = Object.getOwnPropertyDescriptors(HostSocket.prototype);
  const end = new TcpEnd(host, socket);
  if (socket.destroyed) socketInternals(socket)._undestroy();
  Object.defineProperties(socket, { ...face, [END]: { configurable: true, value: end } });
  takeOptions(socket, end);
  if (isUnreferenced(socket)) end.setReference(false);
  return end;
}

function takeOptions(socket: Socket, end: TcpEnd): void {
  const { noDelay, keepAlive, keepAliveMillis } = earlyOptions(socket);
  end.noDelay = noDelay;
  end.keepAliveMillis = keepAlive ? keepAliveMillis || KEEP_ALIVE : 0;
}

function nameOf(known: Uint8Array, port: number, showsMapped: boolean): SocketName {
  const address = showsMapped ? mapped(known) : known;
  return { address: addressText(address), port, family: familyText(address) };
}
