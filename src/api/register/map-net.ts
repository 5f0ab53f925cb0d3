import net from 'node:net';
import tls from 'node:tls';
import { type DialOptions, dial } from '../host/dial.js';
import { listenAt } from '../host/listen.js';
import { closedError } from '../host/net-errors.js';
import { socketInternals } from '../host/net-internals.js';
import { IPV6_ONLY } from '../host/server.js';
import { adoptSocket } from '../host/socket.js';
import type { SocketHost } from '../host/socket-host.js';

/** What of `node:net` and `node:tls` is reached by names that are not in their types. */
interface NetInternals {
  /** Brings the forms of `connect` into one: options, and who is to be told. */
  _normalizeArgs(given: readonly unknown[]): [Given, (() => void) | null];
}
interface ServerMethods {
  _listen2(
    address: string | null,
    port: number,
    type: number,
    backlog?: number,
    fd?: number,
    flags?: number,
  ): void;
}
type Given = DialOptions & { readonly path?: string | null; readonly timeout?: number };

const LOOPBACK = /^(localhost|127\.[\d.]+|::1|(0*:)+0*1)$/i;

/**
 * From now on `net` and `tls` connect and listen at the host, but for Unix sockets and, where `keepsLoopback`, the loopback
 * addresses: those stay the kernel's. A listener at every address is the host's.
 */
export function mapNet(host: SocketHost, keepsLoopback: boolean): void {
  const isOurs = (address: string | null | undefined) =>
    !keepsLoopback || !LOOPBACK.test(address ?? 'localhost');
  mapConnect(host, isOurs);
  mapListen(host, isOurs);
  mapTls(isOurs);
}

function argumentsOf(given: readonly unknown[]): [Given, (() => void) | null] {
  // `net.connect` hands over what it has brought into form already.
  const [first] = given;
  if (Array.isArray(first)) return first as unknown as [Given, (() => void) | null];
  return (net as unknown as NetInternals)._normalizeArgs(given);
}

function mapConnect(host: SocketHost, isOurs: (address: string | undefined) => boolean): void {
  const prototype = net.Socket.prototype;
  const original = prototype.connect as (this: net.Socket, ...given: unknown[]) => net.Socket;
  function connect(this: net.Socket, ...given: unknown[]): net.Socket {
    const [options, connected] = argumentsOf(given);
    const port = Number(options.port);
    const isPort = Number.isInteger(port) && port >= 0 && port < 65_536;
    // What is wrong is for `net` to complain of.
    if (options.path || !isPort || !isOurs(options.host)) return original.apply(this, given);
    if (this instanceof tls.TLSSocket) {
      this.destroy(closedError(true)); // tls.connect makes the socket beneath; without one there is nothing to map
      return this;
    }
    if (connected) this.once('connect', connected);
    if (this.connecting) return this;
    dial(this, adoptSocket(this, host), { ...options, port });
    return this;
  }
  prototype.connect = connect;
}

function mapListen(host: SocketHost, isOurs: (address: string) => boolean): void {
  const prototype = net.Server.prototype as unknown as ServerMethods;
  const original = prototype._listen2;
  prototype._listen2 = function (this: net.Server & ServerMethods, address, port, type, backlog, fd, flags) {
    const isKernels = (fd !== undefined && fd !== null) || port < 0 || (address !== null && !isOurs(address));
    if (isKernels) original.call(this, address, port, type, backlog, fd, flags);
    else listenAt(this, host, { address, port, backlog, ipv6Only: ((flags ?? 0) & IPV6_ONLY) !== 0 });
  };
}

function mapTls(isOurs: (address: string | undefined) => boolean): void {
  const original = tls.connect as (options: tls.ConnectionOptions, connected?: () => void) => tls.TLSSocket;
  function connect(...given: unknown[]): tls.TLSSocket {
    const [options, connected] = argumentsOf(given);
    const rest = given.slice(1).find((one) => typeof one === 'object' && one !== null);
    const all = Object.assign({}, options, rest) as tls.ConnectionOptions;
    const done = connected ?? undefined;
    if (all.socket || all.path || !isOurs(all.host)) return original(all, done);
    const socket = new net.Socket({ allowHalfOpen: true });
    const { host, port, lookup, timeout } = all;
    const { localAddress, localPort, family, autoSelectFamily, autoSelectFamilyAttemptTimeout } = options;
    const secure = original({ ...all, socket }, done);
    if (timeout) secure.setTimeout(timeout);
    const auto = { autoSelectFamily, autoSelectFamilyAttemptTimeout };
    const to = { host, port: Number(port), lookup, localAddress, localPort, family, ...auto };
    socket.connect(to as net.SocketConnectOpts);
    socketInternals(secure).connecting = true;
    return secure;
  }
  tls.connect = connect as typeof tls.connect;
}
