import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { signalEvent } from './signal-event.js';

const EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

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
