import { isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { SocketEndRow } from '../../../control/host-words.js';
import { MarkedStream } from '../control/marked-stream.js';

/** How the connection to the host's control socket is made; aborted when it is not wanted any more. */
export type Opener = (signal: AbortSignal) => Promise<{ socket: Duplex; head: Buffer }>;

export interface RemoteSocketOptions {
  /** As of `net.Socket`: whether what is written may go on after the peer's end. Default: no. */
  readonly allowHalfOpen?: boolean;
  readonly local?: SocketEndRow | undefined;
  readonly remote?: SocketEndRow | undefined;
}

/**
 * A TCP connection of a host in another process: what of a `net.Socket` `http` and `tls` use. It emits `connect`, or `error`
 * with the code that `net` has for it (ECONNREFUSED).
 */
export class RemoteSocket extends Duplex {
  connecting = true;
  bytesWritten = 0;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  private carrier: MarkedStream | null = null;
  /** What carries that. */
  private line: Socket | null = null;
  private readonly giveUp = new AbortController();
  /** What waits for the connection. */
  private early: (() => void)[] = [];
  private idleMillis = 0;
  private isReferenced = true;

  constructor(open: Opener, { allowHalfOpen = false, local, remote }: RemoteSocketOptions = {}) {
    super({ allowHalfOpen });
    this.localAddress = local?.address;
    this.localPort = local?.port;
    this.remoteAddress = remote?.address;
    this.remotePort = remote?.port;
    open(this.giveUp.signal).then(
      ({ socket, head }) => this.carry(socket as Socket, head),
      (error: unknown) => this.destroy(systemError(error)),
    );
  }

  get remoteFamily(): string | undefined {
    return this.remoteAddress === undefined ? undefined : `IPv${isIP(this.remoteAddress) || 6}`;
  }

  /** The host decides that for itself. */
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Milliseconds without traffic after which it emits `timeout`; 0: never. */
  setTimeout(millis: number, late?: () => void): this {
    this.idleMillis = millis;
    if (late) {
      if (millis > 0) this.once('timeout', late);
      else this.off('timeout', late);
    }
    this.line?.setTimeout(millis);
    return this;
  }

  ref(): this {
    this.isReferenced = true;
    this.line?.ref();
    return this;
  }

  unref(): this {
    this.isReferenced = false;
    this.line?.unref();
    return this;
  }

  override _read(): void {
    this.carrier?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    this.whenOpen((carrier) => carrier.write(chunk, done));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.whenOpen((carrier) => carrier.end(() => done()));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connecting = false;
    this.giveUp.abort();
    this.carrier?.leave(); // as the kernel's: what is closed has ended, whatever closed it
    done(error);
  }

  private whenOpen(work: (carrier: MarkedStream) => void): void {
    const { carrier } = this;
    if (carrier !== null) work(carrier);
    else this.early.push(() => this.carrier !== null && work(this.carrier));
  }

  private carry(line: Socket, head: Buffer): void {
    const carrier = new MarkedStream(line, head);
    carrier.on('error', (error) => this.destroy(error));
    if (this.destroyed) {
      carrier.destroy();
      return;
    }
    this.carrier = carrier;
    this.line = line;
    this.connecting = false;
    carrier.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) carrier.pause();
    });
    carrier.on('end', () => this.push(null));
    line.on('timeout', () => this.emit('timeout'));
    if (this.idleMillis > 0) line.setTimeout(this.idleMillis);
    if (!this.isReferenced) line.unref();
    this.emit('connect');
    this.emit('ready');
    for (const work of this.early.splice(0)) work();
  }
}

/** The error as `net` has it, by what the host says of it: `connect ECONNREFUSED 10.0.0.1:80`. */
function systemError(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  const said = /^([a-z]+) (E[A-Z_]+)\b/.exec(known.message);
  if (said === null) return known;
  return Object.assign(new Error(known.message), { syscall: said[1], code: said[2] });
}
