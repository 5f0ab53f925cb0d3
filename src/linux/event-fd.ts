import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { signalEvent } from './signal-event.js';

const EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

/** A counter in the kernel that wakes a `Poller`, from this thread or (by its number) from another. */
export class EventFd {
  readonly fd: number;
  private readonly scratch = new Uint8Array(new ArrayBuffer(8));
  private readonly count = new DataView(this.scratch.buffer);

  /** Makes one, or is one that another thread has made. */
  constructor(fd = libc().eventfd(0, EFD_CLOEXEC_NONBLOCK)) {
    this.fd = fd;
    if (this.fd < 0) throw osError('cannot make an event descriptor', errno());
  }

  signal(): void {
    signalEvent(this.fd);
  }

  /** Takes all signals so far, and answers how many; the descriptor is then no longer ready. */
  clear(): number {
    return libc().read(this.fd, this.scratch, 8) === 8 ? this.count.getUint32(0, true) : 0;
  }

  close(): void {
    closeEvent(this.fd);
  }
}

/** Closes an event descriptor by its number. */
export function closeEvent(fd: number): void {
  libc().close(fd);
}
