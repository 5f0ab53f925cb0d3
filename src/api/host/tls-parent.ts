import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { HostSocket, isHostSocket } from './socket.js';

/** What `tls` asks of the handle beneath it. */
interface ParentHandle {
  getpeername?: (out: object) => number;
  getsockname?: (out: object) => number;
  setNoDelay?: (on: boolean) => void;
  /** The delay in seconds. */
  setKeepAlive?: (on: boolean, delay: number) => void;
  ref?: () => void;
  unref?: () => void;
}

interface TlsInternals {
  connecting: boolean;
  _init(socket: Socket | null, wrap: { readonly _handle: ParentHandle } | null): void;
}

let isReady = false;

/**
 * Lets TLS run over sockets of hosts as over Node's own. It takes a `net.Socket` without a handle for one that has not been
 * connected, and waits; it does not know its addresses; and it needs the socket half open, or its last words are lost when
 * the peer has ended. Only what is wrapped around a host's socket behaves otherwise than before. May be called again.
 */
export function prepareTls(): void {
  if (isReady) return;
  isReady = true;
  const internals = TLSSocket.prototype as unknown as TlsInternals;
  const init = internals._init;
  internals._init = function (this: TlsInternals, socket, wrap) {
    init.call(this, socket, wrap);
    if (socket === null || socket === undefined || !isHostSocket(socket)) return;
    this.connecting = socket.connecting;
    socket.allowHalfOpen = true;
    const handle = wrap?._handle;
    if (!handle) return;
    const { _getpeername, _getsockname } = HostSocket.prototype;
    handle.getpeername = (out) => filled(out, _getpeername.call(socket));
    handle.getsockname = (out) => filled(out, _getsockname.call(socket));
    handle.setNoDelay = (on) => socket.setNoDelay(on);
    handle.setKeepAlive = (on, delay) => socket.setKeepAlive(on, 1000 * delay);
    handle.ref = () => socket.ref();
    handle.unref = () => socket.unref();
  };
}

function filled(out: object, name: object): number {
  Object.assign(out, name);
  return 0;
}
