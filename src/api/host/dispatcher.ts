import type { Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { QuipuError } from '../../contract/error.js';
import type { Caller } from './options.js';

/** What undici asks a connector for. */
export interface ConnectorOptions {
  readonly hostname: string;
  readonly protocol: string;
  /** Empty: the protocol's own. */
  readonly port?: string;
  readonly servername?: string | null;
  readonly localAddress?: string | null;
}

export type Connector = (
  options: ConnectorOptions,
  done: (...told: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
) => void;

/** What `fetch` takes as its `dispatcher`. */
export type HostDispatcher = NonNullable<RequestInit['dispatcher']>;

/** Connects for undici: `new Agent({ connect: hostConnector(host) })`. `tls` are options of `tls.connect`. */
export function hostConnector(host: Caller, tls: ConnectionOptions = {}): Connector {
  return ({ hostname, protocol, port, servername, localAddress }, done) => {
    const secure = protocol === 'https:';
    const name = hostname.replace(/^\[|\]$/g, '');
    const plain = host.connect({
      ...{ host: name, port: Number(port || (secure ? 443 : 80)), noDelay: true },
      ...(localAddress ? { localAddress } : {}),
    });
    const server = servername ?? tls.servername;
    const socket = secure
      ? connectTls({
          ALPNProtocols: ['http/1.1'],
          host: name,
          ...tls,
          ...(server ? { servername: server } : {}),
          socket: plain,
        })
      : plain;
    const failed = (error: Error) => done(error, null);
    socket.once('error', failed);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.off('error', failed);
      done(null, socket);
    });
  };
}

/**
 * A dispatcher for Node's own `fetch`: `fetch(url, { dispatcher: hostDispatcher(host) })`. It is an Agent of the undici that
 * Node has in itself. Throws QuipuError no-support where Node does not show it; the package undici has its own Agent.
 */
export function hostDispatcher(host: Caller, tls: ConnectionOptions = {}): HostDispatcher {
  // Node loads undici when one of its classes is asked for, and leaves its dispatcher where the package looks for it too.
  void globalThis.Response;
  const found: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  const Agent: unknown = found?.constructor;
  if (typeof Agent !== 'function') {
    throw new QuipuError(
      'no-support',
      'this Node does not show the undici of its fetch: use the package undici, new Agent({ connect: hostConnector(host) })',
    );
  }
  return Reflect.construct(Agent, [{ connect: hostConnector(host, tls) }]) as HostDispatcher;
}
