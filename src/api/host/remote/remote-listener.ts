import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ErrorCode, QuipuError } from '../../../contract/error.js';
import type { ControlClient } from '../../../control/client.js';
import type { ListenLine, SocketEndRow } from '../../../control/host-words.js';
import { paths } from '../../../control/protocol.js';
import { RemoteSocket } from './remote-socket.js';

/** Where a listener is to wait. */
export interface RemotePlace {
  /** 0: any that is free. */
  readonly port: number;
  /** One of the host's; default: all of them. */
  readonly address?: string | undefined;
}

interface ListenerEvents {
  listening: [where: SocketEndRow];
  connection: [socket: RemoteSocket];
  /** It cannot listen, or the host has gone. `close` follows. */
  error: [error: Error];
  close: [];
}

/** Waits for calls at a host in another process. */
export class RemoteListener extends EventEmitter<ListenerEvents> {
  private readonly client: ControlClient;
  private stream: IncomingMessage | null = null;
  private isClosed = false;

  constructor(client: ControlClient, { port, address }: RemotePlace) {
    super();
    this.client = client;
    client.stream(paths.hostListen, { port, address }).then(
      (stream) => this.follow(stream),
      (error: Error) => this.fail(error),
    );
  }

  /** Takes no more calls; connections that were taken live on. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stream?.destroy();
    process.nextTick(() => this.emit('close'));
  }

  private fail(error: Error): void {
    if (this.isClosed) return;
    this.emit('error', error);
    this.close();
  }

  private follow(stream: IncomingMessage): void {
    this.stream = stream;
    if (this.isClosed) {
      stream.destroy();
      return;
    }
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.hear(line);
    });
    stream.on('error', () => {}); // `close` follows
    stream.on('close', () => this.fail(this.unreachable('has gone')));
  }

  private hear(text: string): void {
    if (this.isClosed) return;
    const line = lineOf(text);
    if (line === null) this.fail(this.unreachable('does not speak as hosts do'));
    else if ('listening' in line) this.emit('listening', line.listening);
    else if ('error' in line) this.fail(new QuipuError(line.error.code as ErrorCode, line.error.message));
    else this.take(line);
  }

  private unreachable(what: string): QuipuError {
    return new QuipuError('unreachable', `the host at ${this.client.socket} ${what}`);
  }

  private take({ call, local, remote }: Extract<ListenLine, { call: number }>): void {
    const open = (signal: AbortSignal) => this.client.upgrade(paths.hostAccept, { id: call }, signal);
    const socket = new RemoteSocket(open, { allowHalfOpen: true, local, remote });
    const gone = () => {}; // the caller went before it was taken: nobody knows of it
    socket.on('error', gone);
    socket.once('connect', () => {
      socket.off('error', gone);
      this.emit('connection', socket);
    });
  }
}

function lineOf(text: string): ListenLine | null {
  try {
    return JSON.parse(text) as ListenLine;
  } catch {
    return null;
  }
}
