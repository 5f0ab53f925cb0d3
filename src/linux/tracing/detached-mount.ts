import { Arena } from '../arena.js';
import { errno, libc } from '../libc.js';
import { osError } from '../os-error.js';

// Numbers of the system calls: the same on all architectures (asm-generic/unistd.h); Linux 5.2 or later.
const FSOPEN = 430;
const FSCONFIG = 431;
const FSMOUNT = 432;
const CLOEXEC = 1;
const CMD_CREATE = 6;

const arena = new Arena();

/** A file system that this process alone can reach. */
export interface DetachedMount {
  /** A path that is good in this process while the mount is open. */
  readonly path: string;
  /** The mount is gone then, as it is when the process ends, whichever way. */
  close(): void;
}

/**
 * Mounts a file system of the kernel's own (`tracefs`, `securityfs`) at no place at all: it hangs on a file descriptor.
 * So nothing is left mounted, nothing is to be undone, and no namespace is touched. Throws QuipuError.
 */
export function mountDetached(type: string): DetachedMount {
  const calls = libc();
  const name = arena.allocate(type.length + 1);
  name.bytes.set(Buffer.from(type, 'latin1'));
  const context = calls.syscall3(FSOPEN, name.address, CLOEXEC, 0);
  if (context < 0) throw refused(type, errno());
  try {
    if (calls.syscall5(FSCONFIG, context, CMD_CREATE, null, null, 0) < 0) throw refused(type, errno());
    const fd = calls.syscall3(FSMOUNT, context, CLOEXEC, 0);
    if (fd < 0) throw refused(type, errno());
    return { path: `/proc/${process.pid}/fd/${fd}`, close: () => void calls.close(fd) };
  } finally {
    calls.close(context);
  }
}

function refused(type: string, failed: number) {
  return osError(`cannot mount ${type}`, failed, 'it needs root (CAP_SYS_ADMIN) and Linux 5.2 or later');
}
