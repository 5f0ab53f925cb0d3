import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { QuipuError } from '../../../contract/error.js';
import { paths, STREAM_PROTOCOL } from '../../../control/protocol.js';
import { type HostStreams, refuseUpgrade } from '../../../control/server.js';
import type { QuipuHost } from '../host.js';
import type { HostSocket } from '../socket.js';
import { join } from './joined.js';
import { MarkedStream } from './marked-stream.js';
import { streamListen, WaitingCalls } from './streams-listen.js';
import { portOf, refusalOf } from './streams-query.js';

/** Connections and listeners at once; who asks for more is refused. */
const MOST_STREAMS = 4096;

const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${STREAM_PROTOCOL}\r\n\r\n`;

/** A host's sockets for other processes, by its control socket: control/protocol.ts has the paths. */
export function hostStreams(host: QuipuHost): HostStreams {
  const calls = new WaitingCalls();
  const open = new Set<Duplex | ServerResponse>();
  return {
    upgrade(request, client, head) {
      const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://host');
      checkUpgrade(request, open.size);
      open.add(client);
      client.once('close', () => open.delete(client));
      if (head.length > 0) client.unshift(head);
      if (pathname === paths.hostAccept) switchOver(client, calls.take(idOf(query)));
      else connect(host, query, client);
    },
    async listen(query, response) {
      checkRoom(open.size);
      open.add(response);
      response.once('close', () => open.delete(response));
      return streamListen(host, calls, query, response);
    },
    close() {
      calls.close();
      for (const stream of open) stream.destroy();
    },
  };
}

function checkUpgrade({ headers }: IncomingMessage, streams: number): void {
  if (headers.upgrade !== STREAM_PROTOCOL) {
    throw new QuipuError('bad-request', `this path wants "Upgrade: ${STREAM_PROTOCOL}"`);
  }
  checkRoom(streams);
}

function checkRoom(streams: number): void {
  if (streams >= MOST_STREAMS) {
    throw new QuipuError('limit', `${streams} streams of this host are open: close some`);
  }
}

function idOf(query: URLSearchParams): number {
  const text = query.get('id') ?? '';
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new QuipuError('bad-request', `id: ${JSON.stringify(text)} is no number of a call`);
}

/** Calls; a client that goes meanwhile takes the call with it. */
function connect(host: QuipuHost, query: URLSearchParams, client: Duplex): void {
  const name = query.get('host');
  if (!name) throw new QuipuError('bad-request', 'host: name whom to call, by an address or a name');
  const socket: HostSocket = host.connect({ host: name, port: portOf(query, 1), allowHalfOpen: true });
  const over = () => {
    client.destroy();
    socket.destroy();
  };
  const look = () => {
    // Its end is told only to who reads; what it may have sent already waits.
    if (client.readableLength === 0) client.read();
  };
  const leave = () => {
    client.off('readable', look).off('end', over).off('error', over).off('close', over);
    socket.off('error', refuse).off('connect', connected);
  };
  const refuse = (error: Error) => {
    leave();
    refuseUpgrade(client, refusalOf(error));
  };
  const connected = () => {
    leave();
    switchOver(client, socket);
  };
  client.on('readable', look).on('end', over).on('error', over).on('close', over);
  socket.on('error', refuse).on('connect', connected);
}

function switchOver(client: Duplex, socket: Socket): void {
  client.write(SWITCHING);
  join(new MarkedStream(client), socket);
}
