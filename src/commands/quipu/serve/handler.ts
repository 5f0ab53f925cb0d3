import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import { sendFile } from './files.js';
import { Refusal, refusalOf } from './refusal.js';
import { takeFile } from './upload.js';

/** A request that was answered, or broke off. */
export interface Access {
  readonly remote: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Of the answer, its headers included. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** The connection ended before the answer did. */
  readonly brokeOff: boolean;
}

export interface ServeSettings {
  /** The folder, all links in its path followed. */
  readonly root: string;
  readonly upload: boolean;
  readonly access: (access: Access) => void;
}

/** Answers requests for the files of a folder. */
export function fileHandler(settings: ServeSettings): RequestListener {
  return (request, response) => {
    account(request, response, settings.access);
    answer(settings, request, response).catch((error: unknown) => {
      refuse(request, response, refusalOf(error));
    });
  };
}

async function answer(
  { root, upload }: ServeSettings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '' } = request;
  if (method === 'GET' || method === 'HEAD') return sendFile(root, request, response);
  if (method === 'PUT' && upload) return takeFile(root, request, response);
  const allow = `GET, HEAD${upload ? ', PUT' : ''}`;
  throw new Refusal(405, `${method} is not for these files`, { allow });
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message, headers }: Refusal,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of ['etag', 'last-modified']) response.removeHeader(name);
  const text = Buffer.from(`${status} ${STATUS_CODES[status] ?? ''}: ${message}\n`);
  response.writeHead(status, {
    ...{ 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length },
    ...headers,
    // Who sends a body that nobody wants would have to send all of it first.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function account(request: IncomingMessage, response: ServerResponse, tell: (access: Access) => void): void {
  const { socket, method = '', url: target = '' } = request;
  const { remoteAddress = '' } = socket;
  const since = performance.now();
  const before = socket.bytesWritten ?? 0;
  response.once('close', () => {
    tell({
      ...{ remote: remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''), method, target },
      ...{ status: response.statusCode, bytes: (socket.bytesWritten ?? 0) - before },
      milliseconds: Math.round(performance.now() - since),
      brokeOff: !response.writableFinished,
    });
  });
}
