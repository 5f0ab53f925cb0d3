import { type ErrorCode, QuipuError } from '../../../contract/error.js';

/** The port number of a query. Throws QuipuError. */
export function portOf(query: URLSearchParams, least: 0 | 1): number {
  const text = query.get('port') ?? '';
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port >= least && port <= 65_535) return port;
  throw new QuipuError('bad-request', `port: ${JSON.stringify(text)} is no number from ${least} to 65535`);
}

/** What kept a socket from connecting or listening, as a control socket tells it: its text is the error's own. */
export function refusalOf(error: unknown): QuipuError {
  if (error instanceof QuipuError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, ErrorCode>> = { EADDRINUSE: 'in-use', EADDRNOTAVAIL: 'bad-request' };
  return new QuipuError(known[code] ?? 'unreachable', message);
}
