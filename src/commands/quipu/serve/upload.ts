import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { forNew, stillInside } from './places.js';
import { Refusal } from './refusal.js';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Takes a file by PUT: under its own name it appears once it is whole. Throws Refusal or a file system's error. */
export async function takeFile(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers['content-range'] !== undefined) throw new Refusal(400, 'parts of files are not taken');
  const { folder, name } = await forNew(root, request.url ?? '/');
  const opened = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await takeInto(await stillInside(root, opened), name, request, response);
  } finally {
    await opened.close();
  }
}

async function takeInto(
  folder: string,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = join(folder, name);
  const before = await lstat(path).catch(() => null);
  if (before?.isDirectory()) throw new Refusal(409, 'there is a folder of that name');
  const part = join(folder, `.${randomBytes(9).toString('hex')}.part`);
  const file = await open(part, NEW, 0o666);
  try {
    await pipeline(request, file.createWriteStream());
    if (!request.complete) throw new Refusal(400, 'the request broke off');
    await rename(part, path);
  } catch (error) {
    await unlink(part).catch(() => {});
    throw error;
  } finally {
    await file.close().catch(() => {}); // the stream has closed it
  }
  response.writeHead(before === null ? 201 : 204).end();
}
