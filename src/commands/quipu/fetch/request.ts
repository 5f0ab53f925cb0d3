import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { RemoteHost } from '../../../api/host/remote/remote-host.js';
import { QuipuError } from '../../../contract/error.js';

export interface Asked {
  readonly method: string;
  /** Names as they were written. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** Whether the certificate of an https server may be anybody's. */
  readonly insecure: boolean;
}

export interface Answer {
  /** Of the last request, without name and password. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

const MOST_REDIRECTS = 10;
/** Which of the headers are only for whom they were meant. */
const SECRETS = /^(authorization|cookie|proxy-authorization)$/i;
const OF_BODY = /^content-/i;

/** What the address of a command line stands for. Throws QuipuError. */
export function parseUrl(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(full);
  } catch {
    throw new QuipuError('bad-request', `${text} is no address: write http://HOST/PATH`);
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new QuipuError('bad-request', `${text}: only http and https are fetched`);
}

/** Asks by a host's sockets, and goes where it is sent on, at most ten times. Rejects with QuipuError. */
export async function ask(host: RemoteHost, first: URL, asked: Asked, signal: AbortSignal): Promise<Answer> {
  let [url, now] = [first, asked];
  for (let sent = 0; ; sent++) {
    const body = await send(host, url, now, signal);
    const { statusCode: status = 0, statusMessage = '', headers } = body;
    const next = redirection(status, headers.location, url);
    if (next === null) {
      return { url: plainText(url), status, statusText: statusMessage, headers, body };
    }
    body.destroy();
    if (sent >= MOST_REDIRECTS) {
      throw new QuipuError('limit', `${plainText(first)}: sent on more than ${MOST_REDIRECTS} times`);
    }
    now = askedNext(now, status, next.origin === url.origin);
    url = next;
  }
}

function redirection(status: number, location: string | undefined, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw new QuipuError('unreachable', `${plainText(from)} sends on to ${location}, which is no address`);
  }
  if (next.protocol === 'http:' || next.protocol === 'https:') return next;
  throw new QuipuError(
    'unreachable',
    `${plainText(from)} sends on to ${location}: only http and https are fetched`,
  );
}

/** RFC 9110 §15.4: 303 is asked by GET, as 301 and 302 are by habit after a POST. */
export function askedNext(asked: Asked, status: number, isSameOrigin: boolean): Asked {
  const isGet = (status === 303 && asked.method !== 'HEAD') || (status < 303 && asked.method === 'POST');
  return {
    ...asked,
    ...(isGet ? { method: 'GET', body: null } : {}),
    headers: asked.headers.filter(
      ([name]) => (isSameOrigin || !SECRETS.test(name)) && !(isGet && OF_BODY.test(name)),
    ),
  };
}

function send(host: RemoteHost, url: URL, asked: Asked, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, body } = asked;
    let answer: IncomingMessage | null = null;
    const fail = (error: Error) => {
      // After a reset `http` takes what only the connection's end ends for whole, and tells it to the request alone.
      if (answer?.complete === false) answer.destroy(error);
      reject(failureOf(error, url));
    };
    const { username, password } = url;
    const headers = headersOf(url, asked.headers);
    if (body !== null) headers['content-length'] = String(body.length);
    const connection = connect(host, url, asked.insecure);
    try {
      const outgoing = request({
        ...{ method, path: url.pathname + url.search, headers, signal, createConnection: () => connection },
        ...(username === ''
          ? {}
          : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
      });
      outgoing.on('error', fail);
      // Without these two a connection that is switched over is destroyed, and nobody told.
      const switched = ({ statusCode }: IncomingMessage, socket: Duplex) => {
        socket.destroy();
        fail(new Error(`answered ${statusCode}, by which the connection is none of HTTP any more`));
      };
      outgoing.on('upgrade', switched).on('connect', switched);
      outgoing.on('response', (response) => {
        answer = response;
        resolve(response);
      });
      outgoing.end(body ?? undefined);
    } catch (error) {
      connection.destroy(); // a header or a method that is none
      reject(new QuipuError('bad-request', (error as Error).message));
    }
  });
}

/** Names in small letters; one that was given several times has a list. */
function headersOf(url: URL, given: Asked['headers']): Record<string, string | string[]> {
  const names = new Map<string, string[]>();
  for (const [name, value] of given) {
    const key = name.toLowerCase();
    names.set(key, [...(names.get(key) ?? []), value]);
  }
  const own = { host: url.host, 'user-agent': 'quipu', accept: '*/*' };
  const list = [...names].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const);
  return { ...own, ...Object.fromEntries(list) };
}

function connect(host: RemoteHost, url: URL, insecure: boolean): Duplex {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'https:';
  const plain = host.connect({ host: name, port: Number(url.port || (isSecure ? 443 : 80)) });
  if (!isSecure) return plain;
  const isName = !/^[\d.]+$|:/.test(name);
  const secure = connectTls({
    ...{ socket: plain, host: name, rejectUnauthorized: !insecure, ALPNProtocols: ['http/1.1'] },
    ...(isName ? { servername: name } : {}),
  });
  plain.once('error', (error) => secure.destroy(error));
  return secure;
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOTFOUND: '; a host knows names by "names", "hostsFile" and "resolver" of its file',
  EAI_AGAIN: '; no server of its "resolver" has answered',
  ENETUNREACH: '; "quipu host route add" gives a host a way',
};

/** What kept us from an answer, in a sentence. */
function failureOf(error: NodeJS.ErrnoException, url: URL): QuipuError {
  if (error instanceof QuipuError) return error;
  const code = error.code ?? '';
  const isCertificate = /CERT|SELF_SIGNED|ALTNAME/.test(code);
  const remedy = isCertificate ? '; --insecure takes any certificate' : (REMEDIES[code] ?? '');
  return new QuipuError('unreachable', `${plainText(url)}: ${error.message}${remedy}`);
}

/** Without name and password. */
function plainText(url: URL): string {
  const plain = new URL(url);
  [plain.username, plain.password] = ['', ''];
  return plain.href;
}
