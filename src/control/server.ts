import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { type GeneratorRequest, generatorRequestSchema } from './generator-words.js';
import { MAX_BODY, MAX_NESTING, MAX_QUERY, paths } from './protocol.js';
import { type Request, requestSchema } from './service.js';

/** What the server needs of the daemon. Every function may throw or reject with QuipuError. */
export interface ControlHandlers {
  request(request: Request): Promise<unknown>;
  /** Closes everything but the server. */
  down(): Promise<unknown>;
  /** Streams write to the response themselves; they end when `response` closes. */
  log(query: URLSearchParams, response: ServerResponse): void;
  tap(query: URLSearchParams, response: ServerResponse): Promise<void>;
  trace(query: URLSearchParams, response: ServerResponse): Promise<void>;
  socket(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Packets and traffic generators. */
  generators(request: GeneratorRequest): Promise<unknown>;
  generatorEvents(query: URLSearchParams, response: ServerResponse): Promise<void>;
}

export interface ControlServer {
  readonly path: string;
  /** Stops listening, cuts all streams, removes the socket file. */
  close(): Promise<void>;
}

/** Listens on a Unix socket. The file must not exist: who starts a daemon looks at leftovers first. */
export async function serveControl(path: string, handlers: ControlHandlers): Promise<ControlServer> {
  const options = { requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: MAX_QUERY };
  const server = createServer(options, (request, response) => {
    route(handlers, request, response).catch((error: unknown) => fail(request, response, error));
  });
  const mask = process.umask(0o177); // so that the file is 0600 from its first moment
  try {
    await listen(server, path);
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        removeFile(path);
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, path)));
    server.listen(path, () => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, path: string): QuipuError {
  const remedy = error.code === 'EACCES' || error.code === 'ENOENT' ? '; choose another with --socket' : '';
  return new QuipuError('link-failed', `cannot listen on ${path}: ${error.code ?? error.message}${remedy}`);
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already: Node removes it when the server closes
  }
}

async function route(
  handlers: ControlHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = addressOf(request.url ?? '/');
  switch (`${request.method} ${pathname}`) {
    case `POST ${paths.request}`:
      return answer(response, await handlers.request(parseRequest(await readBody(request))));
    case `POST ${paths.down}`:
      return answer(response, await handlers.down());
    case `GET ${paths.log}`:
      return handlers.log(query, response);
    case `GET ${paths.tap}`:
      return handlers.tap(query, response);
    case `GET ${paths.trace}`:
      return handlers.trace(query, response);
    case `POST ${paths.socket}`:
      return handlers.socket(query, request, response);
    case `POST ${paths.generators}`: {
      const asked = parseBody(await readBody(request), generatorRequestSchema);
      return answer(response, await handlers.generators(asked));
    }
    case `GET ${paths.generatorEvents}`:
      return handlers.generatorEvents(query, response);
    default:
      throw new QuipuError('bad-request', `${request.method} ${pathname} is not part of this API`);
  }
}

function addressOf(text: string): URL {
  try {
    return new URL(text, 'http://quipu');
  } catch {
    throw new QuipuError('bad-request', `${JSON.stringify(text.slice(0, 80))} is no address of this API`);
  }
}

/** Checks the body of a request to the engines. */
export function parseRequest(text: string): Request {
  return parseBody(text, requestSchema);
}

/** Checks a request body; the error says where it is wrong. */
function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new QuipuError('bad-request', `the request is not JSON: ${(error as Error).message}`);
  }
  if (isDeeper(value, MAX_NESTING)) {
    throw new QuipuError('bad-request', `the request is nested deeper than ${MAX_NESTING} levels`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'request'}: ${i.message}`);
  throw new QuipuError('bad-request', issues.join('; '));
}

/** Without recursion: who nests a million levels would run it out of stack, as the copy to the engine's thread does. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) next.push(inner);
    }
    level = next;
  }
  return false;
}

function tooLong(): QuipuError {
  return new QuipuError('bad-request', `the request is longer than ${MAX_BODY} bytes`);
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
      else chunks.length = 0;
      // A little more is read to its end, so that who sends it gets to read the answer.
      if (size > 4 * MAX_BODY) reject(tooLong());
    });
    request.on('end', () => {
      if (size > MAX_BODY) reject(tooLong());
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.on('error', () => reject(new QuipuError('bad-request', 'the request broke off')));
    request.on('aborted', () => reject(new QuipuError('bad-request', 'the request broke off')));
  });
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
  const known = error instanceof QuipuError;
  const code = known ? error.code : 'internal';
  const message = known ? error.message : `internal error: ${(error as Error)?.stack ?? String(error)}`;
  const status = !known ? 500 : code === 'unknown-name' ? 404 : code === 'bad-request' ? 400 : 409;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ error: { code, message } }));
}
