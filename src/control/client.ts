import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { QuipuError } from '../contract/error.js';
import type { GeneratorRequestInput } from './generator-words.js';
import type { HostRequestInput, HostsRequestInput } from './host-words.js';
import { type ErrorBody, paths, STREAM_PROTOCOL } from './protocol.js';
import type { RequestInput } from './service.js';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Talks to a daemon, or to a host, over its Unix socket. All errors are QuipuError. */
export class ControlClient {
  readonly socket: string;
  private readonly owner: 'daemon' | 'host';

  constructor(socket: string, owner: 'daemon' | 'host' = 'daemon') {
    this.socket = socket;
    this.owner = owner;
  }

  /** One request of service.ts. The caller names the type of the result. */
  async request<T>(body: RequestInput): Promise<T> {
    return this.call<T>('POST', paths.request, JSON.stringify(body));
  }

  /** One request of generator-words.ts. The caller names the type of the result. */
  async generators<T>(body: GeneratorRequestInput): Promise<T> {
    return this.call<T>('POST', paths.generators, JSON.stringify(body));
  }

  /** One request of host-words.ts, to a host on its own socket. The caller names the type of the result. */
  async host<T>(body: HostRequestInput): Promise<T> {
    return this.call<T>('POST', paths.host, JSON.stringify(body));
  }

  /** One request of host-words.ts, to a daemon about its hosts. The caller names the type of the result. */
  async hosts<T>(body: HostsRequestInput): Promise<T> {
    return this.call<T>('POST', paths.hosts, JSON.stringify(body));
  }

  /** Ends the daemon; resolves with its last status when everything is closed. */
  async down<T>(): Promise<T> {
    return this.call<T>('POST', paths.down, '');
  }

  private async call<T>(method: string, path: string, body: string): Promise<T> {
    const { response } = await this.open(method, path, body);
    const text = await this.textOf(response);
    try {
      return (JSON.parse(text) as { result: T }).result;
    } catch {
      throw this.unintelligible(response, text);
    }
  }

  /** A stream that the daemon sends until it ends or the caller destroys it. */
  async stream(path: string, query: Query = {}): Promise<IncomingMessage> {
    return (await this.open('GET', withQuery(path, query), '')).response;
  }

  /** A stream both ways: what is written to `up` goes to the daemon. */
  async duplex(path: string, query: Query): Promise<{ up: ClientRequest; down: IncomingMessage }> {
    const { outgoing, response } = await this.open('POST', withQuery(path, query), null);
    return { up: outgoing, down: response };
  }

  /** A connection of a host: what comes is its bytes, `head` the first of them. Aborted, it rejects. */
  upgrade(path: string, query: Query, signal?: AbortSignal): Promise<{ socket: Duplex; head: Buffer }> {
    return new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: STREAM_PROTOCOL };
      const where = { socketPath: this.socket, path: withQuery(path, query), headers, agent: false as const };
      const outgoing = request({ ...where, ...(signal ? { signal } : {}) });
      outgoing.on('error', (error: NodeJS.ErrnoException) => reject(this.unreachable(error)));
      outgoing.on('upgrade', (_, socket, head) => resolve({ socket, head }));
      outgoing.on('response', (response) => void this.refusalOf(response).then(reject, reject));
      outgoing.end();
    });
  }

  private open(
    method: string,
    path: string,
    body: string | null,
  ): Promise<{ outgoing: ClientRequest; response: IncomingMessage }> {
    return new Promise((resolve, reject) => {
      const headers = body === null ? {} : { 'content-type': 'application/json' };
      const outgoing = request({ socketPath: this.socket, method, path, headers, agent: false });
      outgoing.on('error', (error: NodeJS.ErrnoException) => reject(this.unreachable(error)));
      outgoing.on('response', (response) => {
        if (response.statusCode === 200) return resolve({ outgoing, response });
        void this.refusalOf(response).then(reject, reject);
      });
      if (body === null) outgoing.flushHeaders();
      else outgoing.end(body);
    });
  }

  private async textOf(response: IncomingMessage): Promise<string> {
    try {
      return await readAll(response);
    } catch (error) {
      throw this.unreachable(error as NodeJS.ErrnoException); // it broke off
    }
  }

  /** What an answer that is no success says. */
  private async refusalOf(response: IncomingMessage): Promise<QuipuError> {
    const text = await this.textOf(response);
    try {
      const { error } = JSON.parse(text) as ErrorBody;
      return new QuipuError(error.code, error.message);
    } catch {
      return this.unintelligible(response, text);
    }
  }

  private unintelligible({ statusCode }: IncomingMessage, text: string): QuipuError {
    return new QuipuError('internal', `the ${this.owner} answered HTTP ${statusCode}: ${text.slice(0, 200)}`);
  }

  private unreachable(error: NodeJS.ErrnoException): QuipuError {
    const { code } = error;
    if ((code === 'ENOENT' || code === 'ECONNREFUSED') && this.owner === 'host') {
      return new QuipuError(
        'unreachable',
        `no host listens on ${this.socket}: "quipu host list" shows those of the daemon`,
      );
    }
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return new QuipuError(
        'unreachable',
        `no daemon listens on ${this.socket}: start one with "quipu up", or name its socket with --socket`,
      );
    }
    if (code === 'EACCES') {
      return new QuipuError(
        'no-privilege',
        `${this.socket}: permission denied; run as the user who started the ${this.owner}`,
      );
    }
    return new QuipuError('unreachable', `${this.owner} at ${this.socket}: ${error.message}`);
  }
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
