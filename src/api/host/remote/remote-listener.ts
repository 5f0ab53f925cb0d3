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

  private async follow(stream: IncomingMessage): Promise<void> {
    this.stream = stream;
    if (this.isClosed) {
      stream.destroy();
      return;
    }
    let rest = '';
    try {
      for await (const chunk of stream.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.hear(JSON.parse(line) as ListenLine);
      }
    } catch {
      // it broke off: as if it had ended
    }
    this.fail(new QuipuError('unreachable', `the host at ${this.client.socket} has gone`));
  }

  private hear(line: ListenLine): void {
    if (this.isClosed) return;
    if ('listening' in line) this.emit('listening', line.listening);
    else if ('error' in line) {
      const { code, message } = line.error;
      this.fail(new QuipuError(code as ErrorCode, message));
    } else this.take(line);
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
