import { writeSync } from 'node:fs';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

const EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;
const one = new Uint8Array(new BigUint64Array([1n]).buffer);

/** A counter in the kernel that wakes a `Poller`, from this thread or (by its number) from another. */
export class EventFd {
  readonly fd: number;
  private readonly scratch = new Uint8Array(new ArrayBuffer(8));

  constructor() {
    this.fd = libc().eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (this.fd < 0) throw osError('cannot make an event descriptor', errno());
  }

  signal(): void {
    signalEvent(this.fd);
  }

  /** Takes all signals so far; the descriptor is then no longer ready. */
  clear(): void {
    libc().read(this.fd, this.scratch, 8);
  }

  close(): void {
    libc().close(this.fd);
  }
}

/** Signals an event descriptor by its number; works in any thread of the process and needs no FFI. */
export function signalEvent(fd: number): void {
  writeSync(fd, one);
}
