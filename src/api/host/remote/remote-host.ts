import { ControlClient } from '../../../control/client.js';
import { paths } from '../../../control/protocol.js';
import { RemoteListener, type RemotePlace } from './remote-listener.js';
import { RemoteSocket } from './remote-socket.js';

/** Whom to call. */
export interface RemoteCall {
  /** Address, or a name, which is looked up by the host. */
  readonly host: string;
  readonly port: number;
  /** As of `net.connect`. */
  readonly allowHalfOpen?: boolean;
}

/** What `http.request` gives to `createConnection`, as far as it matters here. */
interface RequestCall {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** A host that runs in another process, by its control socket. */
export interface RemoteHost {
  /** Calls a peer. The socket emits `connect`, or `error`. */
  connect(call: RemoteCall, connected?: () => void): RemoteSocket;
  /** Waits for calls. It emits `listening` with the place, or `error`. */
  listen(place: RemotePlace, accept?: (socket: RemoteSocket) => void): RemoteListener;
  /** For `http.request({ createConnection, agent: false })`; port 80 where none is given. */
  createConnection(options: RequestCall): RemoteSocket;
}

/** Sockets of the host whose control socket is at a path: docs of `quipu host` say where that is. */
export function remoteHost(socketPath: string): RemoteHost {
  const client = new ControlClient(socketPath, 'host');
  const connect: RemoteHost['connect'] = ({ host, port, allowHalfOpen = false }, connected) => {
    const open = (signal: AbortSignal) => client.upgrade(paths.hostConnect, { host, port }, signal);
    const socket = new RemoteSocket(open, { allowHalfOpen });
    if (connected) socket.once('connect', connected);
    return socket;
  };
  return {
    connect,
    listen(place, accept) {
      const listener = new RemoteListener(client, place);
      if (accept) listener.on('connection', accept);
      return listener;
    },
    createConnection: ({ host, port }) => connect({ host: host || 'localhost', port: Number(port || 80) }),
  };
}
