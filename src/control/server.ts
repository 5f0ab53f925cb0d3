import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { QuipuError } from '../contract/error.js';
import { type GeneratorRequest, generatorRequestSchema } from './generator-words.js';
import { type HostRequest, type HostsRequest, hostRequestSchema, hostsRequestSchema } from './host-words.js';
import { MAX_QUERY, paths, STREAM_PROTOCOL } from './protocol.js';
import { parseBody, parseRequest, readBody } from './server-body.js';
import { listenPrivately, removeSocketFile } from './server-socket.js';
import type { Request } from './service.js';

/** What the server needs of whom it serves: a daemon or a host. Every function may throw or reject with QuipuError. */
export interface ControlHandlers {
  request(request: Request): Promise<unknown>;
  /** Streams write to the response themselves; they end when `response` closes. */
  log(query: URLSearchParams, response: ServerResponse): void;
  tap(query: URLSearchParams, response: ServerResponse): Promise<void>;
  trace(query: URLSearchParams, response: ServerResponse): Promise<void>;
  /** What only a daemon has. */
  readonly daemon?: DaemonHandlers;
  /** What only a host has. */
  readonly host?: HostHandlers;
}

export interface DaemonHandlers {
  /** Closes everything but the server. */
  down(): Promise<unknown>;
  socket(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Packets and traffic generators. */
  generators(request: GeneratorRequest): Promise<unknown>;
  generatorEvents(query: URLSearchParams, response: ServerResponse): Promise<void>;
  hosts(request: HostsRequest): Promise<unknown>;
}

export interface HostHandlers {
  ask(request: HostRequest): Promise<unknown>;
  /** Its sockets as streams. */
  readonly streams: HostStreams;
}

export interface HostStreams {
  /** `connect` and `accept`: answers on the socket itself, errors too. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  listen(query: URLSearchParams, response: ServerResponse): Promise<void>;
  /** Ends all of them. */
  close(): void;
}

export interface ControlServer {
  readonly path: string;
  /** Stops listening, cuts all streams, removes the socket file. */
  close(): Promise<void>;
}

/** Listens on a Unix socket. The file must not exist: who starts looks at leftovers first (`freeSocketPath`). */
export async function serveControl(path: string, handlers: ControlHandlers): Promise<ControlServer> {
  const options = { requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: MAX_QUERY };
  const server = createServer(options, (request, response) => {
    route(handlers, request, response).catch((error: unknown) => fail(request, response, error));
  });
  const { host } = handlers;
  if (host) {
    server.on('upgrade', (request, socket, head) => upgrade(host.streams, request, socket, head));
    // A host lives in a process of which others say when it ends.
    server.on('connection', (socket) => socket.unref());
    server.unref();
  }
  await listenPrivately(server, path, host ? 'host' : 'daemon');
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        host?.streams.close();
        removeSocketFile(path);
      }),
  };
}

/** An upgrade that is none of the streams' is answered as other requests are, and the connection ends. */
function upgrade(streams: HostStreams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  try {
    const { pathname } = addressOf(request.url ?? '/');
    const isStream = pathname === paths.hostConnect || pathname === paths.hostAccept;
    if (request.method === 'GET' && isStream) streams.upgrade(request, socket, head);
    else throw new QuipuError('bad-request', `${request.method} ${pathname} is no stream of this API`);
  } catch (error) {
    refuseUpgrade(socket, error);
  }
}

/** Answers an upgrade by an error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, body } = refusalOf(error);
  socket.on('error', () => {}); // whoever asked is gone
  socket.resume(); // unread bytes would hide that it goes, and the descriptor would stay
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

async function route(
  handlers: ControlHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = addressOf(request.url ?? '/');
  const asked = `${request.method} ${pathname}`;
  switch (asked) {
    case `POST ${paths.request}`:
      return answer(response, await handlers.request(parseRequest(await readBody(request))));
    case `GET ${paths.log}`:
      return handlers.log(query, response);
    case `GET ${paths.tap}`:
      return handlers.tap(query, response);
    case `GET ${paths.trace}`:
      return handlers.trace(query, response);
    case `POST ${paths.down}`:
      return answer(response, await daemonOf(handlers, asked).down());
    case `POST ${paths.socket}`:
      return daemonOf(handlers, asked).socket(query, request, response);
    case `POST ${paths.generators}`: {
      const daemon = daemonOf(handlers, asked);
      return answer(
        response,
        await daemon.generators(parseBody(await readBody(request), generatorRequestSchema)),
      );
    }
    case `GET ${paths.generatorEvents}`:
      return daemonOf(handlers, asked).generatorEvents(query, response);
    case `POST ${paths.hosts}`: {
      const daemon = daemonOf(handlers, asked);
      return answer(response, await daemon.hosts(parseBody(await readBody(request), hostsRequestSchema)));
    }
    case `POST ${paths.host}`: {
      const host = hostOf(handlers, asked);
      return answer(response, await host.ask(parseBody(await readBody(request), hostRequestSchema)));
    }
    case `GET ${paths.hostListen}`:
      return hostOf(handlers, asked).streams.listen(query, response);
    case `GET ${paths.hostConnect}`:
    case `GET ${paths.hostAccept}`:
      hostOf(handlers, asked);
      throw new QuipuError('bad-request', `${asked} wants "Upgrade: ${STREAM_PROTOCOL}"`);
    default:
      throw new QuipuError('bad-request', `${asked} is not part of this API`);
  }
}

function daemonOf({ daemon }: ControlHandlers, asked: string): DaemonHandlers {
  if (daemon) return daemon;
  throw new QuipuError('bad-request', `${asked}: this is a host’s socket; only a daemon does that`);
}

function hostOf({ host }: ControlHandlers, asked: string): HostHandlers {
  if (host) return host;
  throw new QuipuError(
    'bad-request',
    `${asked}: this is a daemon’s socket; name that of one of its hosts ("quipu host list" shows them)`,
  );
}

function addressOf(text: string): URL {
  try {
    return new URL(text, 'http://quipu');
  } catch {
    throw new QuipuError('bad-request', `${JSON.stringify(text.slice(0, 80))} is no address of this API`);
  }
}

function answer(response: ServerResponse, result: unknown): void {
  const text = JSON.stringify({ result: result ?? null });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(text);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  request.resume(); // a body that nobody has read: hanging up on it could take the answer away too
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body } = refusalOf(error);
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(body);
}

function refusalOf(error: unknown): { status: number; body: string } {
  const known = error instanceof QuipuError;
  const code = known ? error.code : 'internal';
  const message = known ? error.message : `internal error: ${(error as Error)?.stack ?? String(error)}`;
  const status = !known ? 500 : code === 'unknown-name' ? 404 : code === 'bad-request' ? 400 : 409;
  return { status, body: JSON.stringify({ error: { code, message } }) };
}
