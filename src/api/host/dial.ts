import { isIP, type Socket } from 'node:net';
import { QuipuError } from '../../contract/error.js';
import type { HostLookup } from './names.js';
import { netError } from './net-errors.js';
import { socketInternals } from './net-internals.js';
import type { TcpEnd } from './tcp-end.js';

/** Whom to call, as `net.connect` takes it. */
export interface DialOptions {
  /** Address or name; default `localhost`. */
  readonly host?: string | undefined;
  readonly port: number;
  readonly localAddress?: string | null | undefined;
  readonly localPort?: number | undefined;
  /** 4 or 6: the address that a name is to have. */
  readonly family?: number | undefined;
  /** Instead of the host's own. */
  readonly lookup?: HostLookup | undefined;
}

/** Calls a peer; never fails at once: the socket emits `connect`, or `error`. */
export function dial(socket: Socket, end: TcpEnd, options: DialOptions): void {
  const { host = 'localhost', port } = options;
  socketInternals(socket).connecting = true;
  socketInternals(socket)._unrefTimer();
  if (isIP(host.replace(/%.*$/, ''))) {
    process.nextTick(() => call(socket, end, host, options));
    return;
  }
  const lookup = options.lookup ?? end.host.lookup;
  lookup(host, { family: options.family }, (error, address, family) => {
    if (!socket.connecting) return;
    socket.emit('lookup', error, address, family, host);
    if (error) socket.destroy(error);
    else if (isIP(address)) call(socket, end, address, options);
    else socket.destroy(netError('ENOTFOUND', 'connect', { address: host, port }));
  });
}

function call(socket: Socket, end: TcpEnd, address: string, options: DialOptions): void {
  if (!socket.connecting) return; // destroyed meanwhile
  const { host } = end;
  const { port, localPort } = options;
  const localAddress = options.localAddress ?? undefined; // undici says null for none
  host.run(() => {
    if (!socket.connecting) return;
    const failed = (error: Error) => host.driver.tell(() => socket.destroy(error));
    try {
      const path = host.path({ address, port, localAddress, localPort });
      if (path === 'ENETUNREACH') failed(netError(path, 'connect', { address, port }));
      else if (typeof path === 'string') {
        failed(netError(path, 'bind', { address: localAddress ?? '0.0.0.0', port: localPort ?? 0 }));
      } else end.attach(host.service.tcp.connect(path, end.user));
    } catch (error) {
      const isGiven = error instanceof QuipuError || !(error instanceof Error);
      failed(isGiven ? netError('EINVAL', 'connect', { address, port }) : error);
    }
  });
}
