import { Duplex } from 'node:stream';
import type { TcpService } from '../../stack/blocks/tcp.js';
import type { Connection, ConnectionUser, TcpFailure } from '../../stack/tcp/connection.js';
import { abort, release, shutdown, tellWindow, write } from '../../stack/tcp/operate.js';
import { growReceiveBuffer, shouldTellWindow } from '../../stack/tcp/receive-window.js';
import { formatIpv4 } from '../../wire/ipv4.js';
import { formatIpv6 } from '../../wire/ipv6.js';
import type { HostDriver } from './driver.js';

/** Bytes not acknowledged beyond which a writer is asked to wait. */
const SEND_BUFFER = 1_048_576;

/** What sockets of a host share. */
export interface SocketHost {
  readonly service: TcpService;
  readonly driver: HostDriver;
}

/** A TCP connection of a host, with the face of a `net.Socket`. */
export class HostSocket extends Duplex {
  connecting = true;
  private readonly host: SocketHost;
  private connection: Connection | null = null;
  private wants = false;
  private endPushed = false;
  private waitingWrite: (() => void) | null = null;
  private idleMillis = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  bytesRead = 0;
  bytesWritten = 0;

  constructor(host: SocketHost, allowHalfOpen = false) {
    super({ allowHalfOpen, emitClose: true, autoDestroy: true });
    this.host = host;
  }

  /** The connection beneath, for its counts and state; null before it was made. */
  get beneath(): Connection | null {
    return this.connection;
  }

  attach(connection: Connection): void {
    this.connection = connection;
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get remoteAddress(): string | undefined {
    return addressText(this.connection?.path.remoteAddress);
  }

  get remotePort(): number | undefined {
    return this.connection?.path.remotePort;
  }

  get remoteFamily(): string | undefined {
    return familyText(this.connection?.path.remoteAddress);
  }

  get localAddress(): string | undefined {
    return addressText(this.connection?.path.localAddress);
  }

  get localPort(): number | undefined {
    return this.connection?.path.localPort;
  }

  get localFamily(): string | undefined {
    return familyText(this.connection?.path.localAddress);
  }

  address(): { address?: string; port?: number; family?: string } {
    const { localAddress: address, localPort: port, localFamily: family } = this;
    return address === undefined || port === undefined || family === undefined
      ? {}
      : { address, port, family };
  }

  setNoDelay(on = true): this {
    this.act((c) => {
      c.noDelay = on;
    });
    return this;
  }

  setKeepAlive(on = false, _initialDelayMillis = 0): this {
    this.act((c) => {
      c.keepAliveAt = on ? c.environment.now() + c.settings.keepAliveIdle : Number.POSITIVE_INFINITY;
      c.environment.schedule(c);
    });
    return this;
  }

  /** Emits `timeout` when nothing was read or written for so long; 0 switches it off. */
  setTimeout(millis: number, listener?: () => void): this {
    this.idleMillis = millis;
    if (listener) this.once('timeout', listener);
    this.touch();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Ends it by a reset. */
  resetAndDestroy(): this {
    this.act((c) => abort(c, 'ECONNABORTED'));
    this.destroy();
    return this;
  }

  /** What the connection tells; passed on when the engine does not run. */
  readonly user: ConnectionUser = {
    established: () => this.host.driver.tell(() => this.open()),
    readable: () => this.host.driver.tell(() => this.fill()),
    ended: () => this.host.driver.tell(() => this.fill()),
    writable: () => this.host.driver.tell(() => this.room()),
    closed: (_connection, failure) => this.host.driver.tell(() => this.over(failure)),
  };

  // --- what the stream asks

  override _read(): void {
    this.wants = true;
    this.fill();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    this.touch();
    this.host.service.run(() => {
      const c = this.connection;
      if (c !== null) write(c, chunk);
    });
    this.host.driver.kick();
    const queued = (this.connection?.queue.length ?? 0) + chunk.length;
    if (queued <= SEND_BUFFER) done();
    else this.waitingWrite = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.act(shutdown);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idleTimer);
    this.act(release);
    done(error);
  }

  private open(): void {
    this.connecting = false;
    this.touch();
    this.emit('connect');
    this.emit('ready');
  }

  private room(): void {
    this.touch();
    if ((this.connection?.queue.length ?? 0) <= SEND_BUFFER / 2) this.finishWrite();
  }

  private over(failure: TcpFailure | null): void {
    this.fill();
    this.finishWrite();
    if (failure !== null) this.destroy(failureError(failure, this.connection, this.connecting));
  }

  /** Passes bytes that have come on to the stream, as far as it takes them. */
  private fill(): void {
    const c = this.connection;
    if (c === null || this.destroyed) return;
    while (this.wants) {
      const bytes = c.inbox.read();
      if (bytes === null) break;
      growReceiveBuffer(c, bytes.length);
      this.bytesRead += bytes.length;
      this.touch();
      this.wants = this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    }
    if (shouldTellWindow(c) && !c.finReceived) this.act(tellWindow);
    if (c.finReceived && c.inbox.readable === 0 && !this.endPushed) {
      this.endPushed = true;
      this.push(null);
    }
  }

  private finishWrite(): void {
    const done = this.waitingWrite;
    this.waitingWrite = null;
    done?.();
  }

  private act(work: (c: Connection) => void): void {
    this.host.service.run(() => {
      if (this.connection !== null) work(this.connection);
    });
    this.host.driver.kick();
  }

  private touch(): void {
    clearTimeout(this.idleTimer);
    if (this.idleMillis === 0 || this.destroyed) return;
    this.idleTimer = setTimeout(() => this.emit('timeout'), this.idleMillis);
  }
}

function addressText(address: Uint8Array | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address.length === 4 ? formatIpv4(address) : formatIpv6(address);
}

function familyText(address: Uint8Array | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address.length === 4 ? 'IPv4' : 'IPv6';
}

/** An error as `net` has it. */
function failureError(failure: TcpFailure, connection: Connection | null, connecting: boolean): Error {
  const to = connection?.path;
  const where = to ? ` ${addressText(to.remoteAddress)}:${to.remotePort}` : '';
  const syscall = connecting ? 'connect' : 'read';
  return Object.assign(new Error(`${syscall} ${failure}${where}`), {
    ...{ code: failure, syscall, address: addressText(to?.remoteAddress), port: to?.remotePort },
  });
}
