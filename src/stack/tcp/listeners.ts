import type { Connection, ConnectionUser } from './connection.js';
import type { Ends } from './ends.js';
import type { TcpSettings } from './settings.js';

/** Somebody who waits for calls at a port number. */
export interface TcpListener {
  readonly port: number;
  /** The address called; null: any. */
  readonly address: Uint8Array | null;
  /** Bytes of any address that counts, 4 or 16; without it, of both families. */
  readonly family?: 4 | 16;
  /** Connections whose handshake is not done: beyond, callers get cookies. */
  readonly backlog: number;
  /** Of its connections; without it, those of the host. */
  readonly settings?: TcpSettings;
  /** A new connection's user; it is told `established` when the handshake is done. */
  accept(connection: Connection): ConnectionUser;
}

/** Who waits for calls at a host, and which calls are not through with their handshake. */
export class Listeners {
  private readonly byPort = new Map<number, TcpListener[]>();
  private readonly halfOpen = new Map<TcpListener, Set<Connection>>();
  private readonly heardBy = new Map<Connection, TcpListener>();

  /** False when somebody waits there already, at this address or all. */
  add(listener: TcpListener): boolean {
    const others = this.byPort.get(listener.port) ?? [];
    if (others.some((other) => inTheWay(other, listener))) return false;
    this.byPort.set(listener.port, [...others, listener]);
    return true;
  }

  /** All of them, each with the number of handshakes under way. */
  *list(): IterableIterator<{ readonly listener: TcpListener; readonly calls: number }> {
    for (const listeners of this.byPort.values()) {
      for (const listener of listeners) yield { listener, calls: this.halfOpen.get(listener)?.size ?? 0 };
    }
  }

  /** Answers its connections whose handshake is not done. */
  remove(listener: TcpListener): Connection[] {
    const rest = (this.byPort.get(listener.port) ?? []).filter((other) => other !== listener);
    if (rest.length > 0) this.byPort.set(listener.port, rest);
    else this.byPort.delete(listener.port);
    return [...(this.halfOpen.get(listener) ?? [])];
  }

  clear(): void {
    this.byPort.clear();
  }

  /** Who is called by a segment; null: nobody. */
  find(ends: Ends): TcpListener | null {
    const listeners = this.byPort.get(ends.localPort);
    if (listeners === undefined) return null;
    const local = ends.bytes.subarray(ends.localAt, ends.localAt + ends.addressLength);
    const exact = listeners.find((one) => one.address !== null && sameAddress(one.address, local));
    return exact ?? listeners.find((one) => one.address === null && takes(one, ends.addressLength)) ?? null;
  }

  isFull(listener: TcpListener): boolean {
    return (this.halfOpen.get(listener)?.size ?? 0) >= listener.backlog;
  }

  /** A handshake begins. */
  begin(c: Connection, listener: TcpListener): void {
    const calls = this.halfOpen.get(listener);
    if (calls) calls.add(c);
    else this.halfOpen.set(listener, new Set([c]));
    this.heardBy.set(c, listener);
  }

  /** A handshake is done, or has come to nothing; nothing happens for a connection that had none with a listener. */
  end(c: Connection): void {
    const listener = this.heardBy.get(c);
    if (listener === undefined) return;
    this.heardBy.delete(c);
    const calls = this.halfOpen.get(listener);
    calls?.delete(c);
    if (calls?.size === 0) this.halfOpen.delete(listener);
  }
}

function inTheWay(a: TcpListener, b: TcpListener): boolean {
  if (!sameAddress(a.address, b.address)) return false;
  return b.address !== null || b.family === undefined || takes(a, b.family);
}

function takes({ family }: TcpListener, addressLength: number): boolean {
  return family === undefined || family === addressLength;
}

function sameAddress(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
