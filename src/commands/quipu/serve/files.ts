import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { contentType } from './content-types.js';
import { listingPage } from './listing.js';
import { existing, namesOf, stillInside } from './places.js';
import { parseRange } from './range.js';
import { Refusal } from './refusal.js';

/** Without waiting for a writer of a FIFO, and without following what is put in the place of a file meanwhile. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** Entries of a folder that are listed at most. */
const MOST_LISTED = 10_000;

/** Answers GET and HEAD: a file, a folder's index.html, or the list of a folder. Throws Refusal or a file system's error. */
export async function sendFile(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const place = await existing(root, target);
  const file = await open(place, READ);
  try {
    const opened = await stillInside(root, file);
    const facts = await file.stat({ bigint: true });
    if (facts.isFile()) await sendOpened(place, file, facts, request, response);
    else if (!facts.isDirectory()) throw new Refusal(403, 'it is neither a file nor a folder');
    else await sendFolder(root, opened, target, request, response);
  } finally {
    await file.close();
  }
}

async function sendFolder(
  root: string,
  place: string,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path, query] = [target.replace(/[?#].*$/s, ''), /\?.*$/s.exec(target)?.[0] ?? ''];
  const shown = `/${namesOf(target)
    .map((name) => `${name}/`)
    .join('')}`;
  if (!path.endsWith('/')) {
    // Relative links in a page of the folder need the slash. Built anew: "//host" would lead elsewhere.
    const there = shown
      .split('/')
      .map((name) => encodeURIComponent(name))
      .join('/');
    throw new Refusal(301, `it is a folder: ${there}`, { location: there + query });
  }
  const index = await existing(root, `${path}index.html`).catch(() => null);
  if (index !== null) {
    const file = await open(index, READ);
    try {
      await stillInside(root, file);
      const facts = await file.stat({ bigint: true });
      if (facts.isFile()) return await sendOpened(index, file, facts, request, response);
    } finally {
      await file.close();
    }
  }
  const page = Buffer.from(listingPage(shown, ...(await entriesOf(place))));
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length });
  response.end(request.method === 'HEAD' ? undefined : page);
}

/** Whether there are more of them, too: a page of a million files would be hundreds of megabytes. */
async function entriesOf(place: string): Promise<[entries: Dirent[], hasMore: boolean]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(place)) {
    if (entries.length === MOST_LISTED) return [entries, true];
    entries.push(entry);
  }
  return [entries, false];
}

async function sendOpened(
  place: string,
  file: FileHandle,
  facts: BigIntStats,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const size = Number(facts.size);
  const etag = `"${facts.size.toString(16)}-${facts.mtimeNs.toString(16)}"`;
  const modified = new Date(Math.floor(Number(facts.mtimeMs) / 1000) * 1000);
  response.setHeader('etag', etag);
  response.setHeader('last-modified', modified.toUTCString());
  response.setHeader('accept-ranges', 'bytes');
  if (isUnchanged(request, etag, modified)) {
    response.writeHead(304).end();
    return;
  }
  const wanted = isSame(request.headers['if-range'], etag, modified) ? request.headers.range : undefined;
  const range = parseRange(wanted, size);
  if (range === 'unsatisfiable') {
    throw new Refusal(416, 'no such part of the file', { 'content-range': `bytes */${size}` });
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  response.writeHead(range === null ? 200 : 206, {
    'content-type': contentType(place),
    'content-length': last - first + 1,
    ...(range === null ? {} : { 'content-range': `bytes ${first}-${last}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  let sent = 0;
  const part = file.createReadStream({ start: first, end: last, autoClose: false, highWaterMark: 262_144 });
  part.on('data', (bytes) => {
    sent += bytes.length;
  });
  await pipeline(part, response, { end: false });
  // A file that has become shorter meanwhile: by the end of the connection the client sees that it has not all of it.
  if (sent === last - first + 1) response.end();
  else response.destroy();
}

/** RFC 9110 §13.1.2 and §13.1.3. */
function isUnchanged({ headers }: IncomingMessage, etag: string, modified: Date): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return modified.getTime() <= since;
}

/** RFC 9110 §13.1.5: whether the client's part is of the file as it is now. */
function isSame(condition: string | string[] | undefined, etag: string, modified: Date): boolean {
  if (condition === undefined) return true;
  return condition === etag || condition === modified.toUTCString();
}
