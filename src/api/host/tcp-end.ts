import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Circuit } from '../../contract/circuit.js';
import type { Connection, ConnectionUser, TcpFailure } from '../../stack/tcp/connection.js';
import { restartKeepAlive } from '../../stack/tcp/deadlines.js';
import { isOver } from '../../stack/tcp/finish.js';
import { abort, release, shutdown, tellWindow, write } from '../../stack/tcp/operate.js';
import { growReceiveBuffer, shouldTellWindow } from '../../stack/tcp/receive-window.js';
import { addressText } from './inet-text.js';
import { closedError, netError } from './net-errors.js';
import { socketInternals } from './net-internals.js';
import type { SocketHost } from './socket-host.js';

/** Bytes not acknowledged beyond which a writer is asked to wait. */
const SEND_BUFFER = 1_048_576;

type Done = (error?: Error | null) => void;

/** Joins a connection of a host's TCP to the socket by which an application has it. */
export class TcpEnd implements ConnectionUser {
  readonly host: SocketHost;
  connection: Connection | null = null;
  bytesRead = 0;
  bytesWritten = 0;
  noDelay = false;
  /** Milliseconds without traffic after which the peer is asked whether it lives; 0: never. */
  keepAliveMillis = 0;
  /** The end is to be a reset. */
  resets = false;
  /** Its IPv4 addresses are told in their IPv6 form: so they are to whoever called one, or listens at `::`. */
  showsMapped = false;
  /** To which it is attached; it may be one that is not open yet. */
  circuit: Circuit | null = null;
  private readonly socket: Socket;
  private readonly context = new AsyncResource('QUIPUSOCKET');
  private wants = false;
  private endPushed = false;
  /** Bytes written that TCP has not taken yet: it does when the engine runs next. */
  private handed = 0;
  private waiting: { readonly below: number; readonly done: Done } | null = null;
  /** A write that waits for the connection. */
  private early: { readonly go: () => void; readonly done: Done } | null = null;
  private unwatch: (() => void) | undefined;
  private isReferenced = true;
  private released = false;

  constructor(host: SocketHost, socket: Socket) {
    this.host = host;
    this.socket = socket;
    this.setReference(true);
  }

  // What the connection tells is passed on when the engine does not run.

  established(): void {
    this.tell(this.open);
  }

  readable(): void {
    this.tell(this.fill);
  }

  ended(): void {
    this.tell(this.fill);
  }

  writable(): void {
    this.tell(this.room);
  }

  closed(): void {
    this.tell(this.over);
  }

  /** Takes a connection: a call that has begun, or one that was taken. */
  attach(connection: Connection): void {
    this.connection = connection;
    connection.user = this;
    connection.noDelay = this.noDelay;
    // One of several calls may have begun before the circuit was what it is now.
    if (connection.path.circuit !== this.circuit) this.host.service.attach(connection, this.circuit);
    if (this.keepAliveMillis > 0) this.applyKeepAlive(connection);
    if (this.released) this.leave(connection);
    else if (isOver(connection)) this.tell(this.over);
  }

  /** Lets what is sent leave by a circuit of its own as long as that is open; null: by the host's routes. */
  setCircuit(circuit: Circuit | null): void {
    const next = circuit?.state === 'closed' ? null : circuit;
    if (this.released || next === this.circuit) return;
    this.unwatch?.();
    this.circuit = next;
    this.unwatch = next?.watch(() => this.followCircuit());
    this.followCircuit();
  }

  /** The circuit is another one, or has changed. */
  private followCircuit(): void {
    if (this.circuit?.state === 'closed') {
      this.unwatch?.();
      this.unwatch = undefined;
      this.circuit = null;
    }
    const { service } = this.host;
    this.act((c) => service.attach(c, this.circuit));
  }

  /** Whether it keeps the process alive. */
  setReference(on: boolean): void {
    this.isReferenced = on;
    if (on && !this.released) this.host.driver.hold(this);
    else this.host.driver.letGo(this);
  }

  setNoDelay(on: boolean): void {
    this.noDelay = on;
    this.act((c) => {
      c.noDelay = on;
    });
  }

  /** 0 milliseconds switches it off. */
  setKeepAlive(millis: number): void {
    this.keepAliveMillis = millis;
    this.act((c) => this.applyKeepAlive(c));
  }

  /** The stream has room. */
  read(): void {
    this.wants = true;
    this.fill();
  }

  /** `done` is called when the bytes are the caller's again and there is room for more. */
  write(bytes: Buffer, isOurs: boolean, done: Done): void {
    this.bytesWritten += bytes.length;
    if (this.socket.connecting) this.early = { go: () => this.send(bytes, isOurs, done), done };
    else this.send(bytes, isOurs, done);
  }

  /** No more is written. */
  finish(done: Done): void {
    if (this.socket.connecting) this.socket.once('connect', () => this.finish(done));
    else {
      this.act(shutdown);
      done();
    }
  }

  /** The socket is destroyed: TCP brings the bytes written to their end by itself. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.unwatch?.();
    this.unwatch = undefined;
    const early = this.early;
    this.early = null;
    this.waiting = null;
    early?.done(closedError(true));
    this.act((c) => this.leave(c));
    if (this.isReferenced && this.connection !== null) this.stay(this.connection);
    this.setReference(this.isReferenced);
  }

  private leave(c: Connection): void {
    if (this.resets) abort(c, null);
    else release(c);
  }

  /** The process lives until the peer has all bytes and knows that there are no more. */
  private stay(c: Connection): void {
    this.host.driver.finishFirst(() => isOver(c) || (c.receiveShut && c.state === 'fin-wait-2'));
  }

  private send(bytes: Buffer, isOurs: boolean, done: Done): void {
    const { length } = bytes;
    // What the writer may change once it is told so must be copied; where it waits for the last byte it need not be.
    const waitsForAll = !isOurs && length >= SEND_BUFFER;
    const kept = isOurs || waitsForAll ? bytes : Buffer.from(bytes);
    socketInternals(this.socket)._unrefTimer();
    this.handed += length;
    this.act((c) => {
      this.handed -= length;
      write(c, kept);
    });
    const queued = (this.connection?.queue.length ?? 0) + this.handed;
    if (waitsForAll) this.waiting = { below: 0, done };
    else if (queued > SEND_BUFFER) this.waiting = { below: SEND_BUFFER / 2, done };
    else done();
  }

  private open(): void {
    if (this.released) return;
    const socket = this.socket;
    const early = this.early;
    socketInternals(socket).connecting = false;
    socketInternals(socket)._unrefTimer();
    socket.emit('connect');
    socket.emit('ready');
    this.early = null;
    early?.go();
    if (!socket.isPaused()) socket.read(0);
  }

  private room(): void {
    if (this.released) return;
    socketInternals(this.socket)._unrefTimer();
    const queued = (this.connection?.queue.length ?? 0) + this.handed;
    if (this.waiting !== null && queued <= this.waiting.below) this.finishWrite();
  }

  private over(): void {
    if (this.released) return;
    this.fill();
    const failure = this.connection?.failure ?? null;
    // The host was closed by the application itself: `close` without `end` tells it enough.
    if (failure === 'ECONNABORTED' && this.host.driver.isClosed) this.socket.destroy();
    else if (failure !== null) this.socket.destroy(this.errorOf(failure));
    else this.finishWrite();
  }

  /** Passes bytes that have come on to the stream, as far as it takes them. */
  private fill(): void {
    const { connection: c, socket } = this;
    if (c === null || this.released || socket.connecting) return;
    while (this.wants) {
      const bytes = c.inbox.read();
      if (bytes === null) break;
      growReceiveBuffer(c, bytes.length);
      this.bytesRead += bytes.length;
      socketInternals(socket)._unrefTimer();
      this.wants = socket.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    }
    if (!c.finReceived && !isOver(c) && shouldTellWindow(c)) this.act(tellWindow);
    if (c.finReceived && c.inbox.readable === 0 && !this.endPushed) {
      this.endPushed = true;
      socket.push(null);
      socket.read(0);
    }
  }

  private finishWrite(): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.done();
  }

  private errorOf(failure: TcpFailure): Error {
    const path = this.connection?.path;
    if (!this.socket.connecting || path === undefined) return netError(failure, 'read');
    return netError(failure, 'connect', { address: addressText(path.remoteAddress), port: path.remotePort });
  }

  private applyKeepAlive(c: Connection): void {
    const on = this.keepAliveMillis > 0;
    if (on) c.settings = { ...c.settings, keepAliveIdle: 1000 * this.keepAliveMillis };
    if (isOver(c)) return;
    restartKeepAlive(c, on);
    c.environment.schedule(c);
  }

  private act(work: (c: Connection) => void): void {
    if (this.connection === null) return;
    const c = this.connection;
    this.host.run(() => work(c));
  }

  private tell(work: () => void): void {
    this.host.driver.tell(() => this.context.runInAsyncScope(work, this));
  }
}
