import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { QuipuError } from '../../../contract/error.js';
import type { ListenLine, SocketEndRow } from '../../../control/host-words.js';
import type { QuipuHost } from '../host.js';
import { cutOff } from './joined.js';
import { portOf, refusalOf } from './streams-query.js';

/** How long a call may wait to be taken, in milliseconds. */
const TAKE_LIMIT = 10_000;
/** Calls of one listener that may wait at once; those beyond are refused by a reset. */
const MOST_WAITING = 256;
/** Bytes of lines that a client may leave unread. */
const MOST_UNREAD = 262_144;

interface Waiting {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
  readonly left: () => void;
}

/** The calls that listeners have told of and nobody has taken yet. */
export class WaitingCalls {
  private readonly calls = new Map<number, Waiting>();
  private last = 0;

  /** Answers the number by which it can be taken; `left` is called when it waits no longer. */
  add(socket: Socket, left: (id: number) => void): number {
    const id = ++this.last;
    const timer = setTimeout(() => this.drop(id), TAKE_LIMIT);
    timer.unref();
    this.calls.set(id, { socket, timer, left: () => left(id) });
    socket.on('error', () => {}); // whoever takes it finds it destroyed
    socket.once('close', () => this.drop(id));
    return id;
  }

  /** Throws QuipuError when it has gone, or never was. */
  take(id: number): Socket {
    const socket = this.leave(id);
    if (socket === null) {
      throw new QuipuError('unknown-name', `no call ${id} waits: it was taken, or has gone`);
    }
    return socket;
  }

  /** Resets it, if it still waits. */
  drop(id: number): void {
    const socket = this.leave(id);
    if (socket !== null) cutOff(socket);
  }

  close(): void {
    for (const id of [...this.calls.keys()]) this.drop(id);
  }

  private leave(id: number): Socket | null {
    const waiting = this.calls.get(id);
    if (waiting === undefined) return null;
    this.calls.delete(id);
    clearTimeout(waiting.timer);
    waiting.left();
    return waiting.socket;
  }
}

/** GET /v1/host/listen: tells of calls, a line each, until the client goes. Rejects with QuipuError. */
export async function streamListen(
  host: QuipuHost,
  calls: WaitingCalls,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const port = portOf(query, 0);
  const address = query.get('address') || undefined;
  const own = new Set<number>();
  const write = (line: ListenLine) => response.write(`${JSON.stringify(line)}\n`);
  const take = (socket: Socket) => {
    // A client that does not read, or takes no calls, gets no more of them.
    const isBehind = own.size >= MOST_WAITING || response.writableLength > MOST_UNREAD;
    if (isBehind || response.destroyed) return cutOff(socket);
    const call = calls.add(socket, (id) => own.delete(id));
    own.add(call);
    write({ call, ...endsOf(socket) });
  };
  const server = host.listen({ port, ...(address === undefined ? {} : { host: address }) }, take, {
    ...{ allowHalfOpen: true, pauseOnConnect: true },
  });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw refusalOf(error);
  }
  const stop = () => {
    server.close();
    for (const call of own) calls.drop(call);
  };
  if (response.destroyed) return stop();
  response.on('close', stop);
  server.on('error', (error) => {
    const { code, message } = refusalOf(error);
    write({ error: { code, message } });
    response.end();
  });
  server.on('close', () => response.end());
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const where = server.address();
  if (typeof where === 'object' && where !== null) {
    write({ listening: { address: where.address, port: where.port } });
  }
}

function endsOf(socket: Socket): { readonly local: SocketEndRow; readonly remote: SocketEndRow } {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return {
    local: { address: localAddress, port: localPort },
    remote: { address: remoteAddress, port: remotePort },
  };
}
