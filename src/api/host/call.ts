import type { Circuit } from '../../contract/circuit.js';
import { QuipuError } from '../../contract/error.js';
import type { Connection, ConnectionUser } from '../../stack/tcp/connection.js';
import { netError } from './net-errors.js';
import type { SocketHost } from './socket-host.js';

/** One address to call, and from where. */
export interface CallPlace {
  /** Literal, an interface's name behind a `%` where that is needed. */
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string | null | undefined;
  readonly localPort?: number | undefined;
  /** By which the call is to go. */
  readonly circuit?: Circuit | null | undefined;
}

/** Begins a call, within `SocketHost.run`; or answers, as an error of `net`'s, why it cannot. */
export function startCall(host: SocketHost, place: CallPlace, user: ConnectionUser): Connection | Error {
  const { address, port, localPort } = place;
  const localAddress = place.localAddress ?? undefined; // undici says null for none
  try {
    const path = host.path({ address, port, localAddress, localPort, circuit: place.circuit ?? null });
    if (typeof path !== 'string') return host.service.tcp.connect(path, user);
    if (path === 'ENETUNREACH' || path === 'ENETDOWN') return netError(path, 'connect', { address, port });
    return netError(path, 'bind', { address: localAddress ?? '0.0.0.0', port: localPort ?? 0 });
  } catch (error) {
    const isGiven = error instanceof QuipuError || !(error instanceof Error);
    return isGiven ? netError('EINVAL', 'connect', { address, port }) : error;
  }
}
