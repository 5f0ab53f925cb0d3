import { chmodSync, existsSync, linkSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';

/** Whose socket it is. */
type SocketOwner = 'daemon' | 'host';

/** How people say which path it is to have. */
const WHERE_NAMED = { daemon: 'with --socket', host: 'by "control"' } as const;

/**
 * Lets a server listen on a Unix socket that nobody but its owner may open, from the file's first moment on. The file must
 * not exist. Rejects with QuipuError.
 */
export async function listenPrivately(server: Server, path: string, owner: SocketOwner): Promise<void> {
  try {
    if (isMainThread) await listenMasked(server, path);
    else await listenAside(server, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy = code === 'EACCES' || code === 'ENOENT' ? `; name another path ${WHERE_NAMED[owner]}` : '';
    throw new QuipuError('link-failed', `cannot listen on ${path}: ${code ?? message}${remedy}`);
  }
}

async function listenMasked(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await listen(server, path);
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
}

/** The mask is the process's, and no thread may change it: the socket gets its mode where nobody else can reach it. */
async function listenAside(server: Server, path: string): Promise<void> {
  const directory = mkdtempSync(join(dirname(path), '.q'));
  try {
    const aside = join(directory, 's');
    await listen(server, aside);
    chmodSync(aside, 0o600);
    linkSync(aside, path); // unlike a renaming, it fails where somebody is already
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Removes the file of a socket; none is no fault. */
export function removeSocketFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already: Node removes it when the server closes
  }
}

/**
 * Makes the path of a socket free: takes away the file that a dead process left. Answers whether there was one. Throws
 * QuipuError when somebody listens there, or when the file is something else.
 */
export async function freeSocketPath(path: string, owner: SocketOwner): Promise<boolean> {
  if (!existsSync(path)) return false;
  // It may be anything that a user named by mistake: only sockets are ours to remove.
  if (!lstatSync(path).isSocket()) {
    throw new QuipuError(
      'name-taken',
      `${path} is no socket, and left alone: name another path ${WHERE_NAMED[owner]}`,
    );
  }
  if (!(await isDead(path))) {
    throw new QuipuError(
      'name-taken',
      owner === 'daemon'
        ? `a daemon listens on ${path} already: end it with "quipu down", or name another socket with --socket`
        : `somebody listens on ${path} already: end that host, or name another path by "control"`,
    );
  }
  rmSync(path, { force: true });
  return true;
}

/** Nobody listens: any other failure (no permission, a full backlog) means that somebody may. */
function isDead(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}
