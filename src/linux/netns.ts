import { QuipuError } from '../contract/error.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

const CLONE_NEWNET = 0x40000000;
const O_RDONLY_CLOEXEC = 0x80000;
/** `/proc/self` would be the main thread's; a namespace belongs to each thread. */
const OWN = '/proc/thread-self/ns/net';

/**
 * Runs `action` with this thread in another network namespace and comes back, also on failure. A
 * namespace is named by its path (`/run/netns/NAME`) or the id of a process in it. Sockets and
 * devices opened inside stay there. The action must not be asynchronous: other work of this
 * thread would run in the wrong namespace.
 */
export function withNamespace<T>(where: string | number, action: () => T): T {
  const home = openNamespace(OWN);
  try {
    enterNamespace(where);
    try {
      return action();
    } finally {
      goBack(home);
    }
  } finally {
    libc().close(home);
  }
}

/** Moves this thread into the namespace for good. */
export function enterNamespace(where: string | number): void {
  const path = typeof where === 'number' ? `/proc/${where}/ns/net` : where;
  const fd = openNamespace(path);
  const failed = libc().setns(fd, CLONE_NEWNET) !== 0 ? errno() : 0;
  libc().close(fd);
  if (failed) {
    throw osError(
      `cannot enter network namespace ${path}`,
      failed,
      'it needs root (CAP_SYS_ADMIN) and a namespace file',
    );
  }
}

/** Moves this thread into a new, empty network namespace that vanishes with its last user. */
export function unshareNetwork(): void {
  if (libc().unshare(CLONE_NEWNET) !== 0) {
    throw osError('cannot make a network namespace', errno(), 'it needs root (CAP_SYS_ADMIN)');
  }
}

function goBack(home: number): void {
  if (libc().setns(home, CLONE_NEWNET) === 0) return;
  // Going on in a foreign namespace would be worse than an error, and there is no remedy.
  throw osError('cannot return to the own network namespace', errno());
}

function openNamespace(path: string): number {
  const fd = libc().open(path, O_RDONLY_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const error = osError(`cannot open network namespace ${path}`, errno());
  throw new QuipuError(error.code === 'link-failed' ? 'no-device' : error.code, error.message);
}
