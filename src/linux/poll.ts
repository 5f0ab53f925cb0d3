import { Arena, type Region } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

const POLLIN = 1;
const POLLOUT = 4;
const FAILED = 8 | 16 | 32; // POLLERR, POLLHUP, POLLNVAL

/** Waits for a changing set of file descriptors. A wait allocates nothing. */
export class Poller {
  private readonly arena = new Arena();
  private readonly libc = libc();
  private readonly timeout: Region = this.arena.allocate(16);
  private table: Region = this.arena.allocate(8 * 16);
  private count = 0;
  private ready = new Int32Array(16);
  private answers = new Int32Array(16);

  /** Watches `fd` for reading and, if asked, for writing. A descriptor is added once. */
  add(fd: number, writable = false): void {
    if (this.indexOf(fd) >= 0) throw new RangeError(`descriptor ${fd} is watched already`);
    if (this.count === this.ready.length) this.grow();
    const at = this.count++;
    this.table.view.setInt32(at * 8, fd, true);
    this.table.view.setUint16(at * 8 + 4, writable ? POLLIN | POLLOUT : POLLIN, true);
  }

  /** Starts or stops watching for writing. */
  watchWritable(fd: number, on: boolean): void {
    const at = this.indexOf(fd);
    if (at >= 0) this.table.view.setUint16(at * 8 + 4, on ? POLLIN | POLLOUT : POLLIN, true);
  }

  /** Stops watching; unknown descriptors are ignored. Do it before the descriptor is closed. */
  remove(fd: number): void {
    const at = this.indexOf(fd);
    if (at < 0) return;
    const last = --this.count;
    this.table.words[at * 2] = this.table.words[last * 2];
    this.table.words[at * 2 + 1] = this.table.words[last * 2 + 1];
  }

  /**
   * Waits until a descriptor is ready and answers how many are; 0 after the timeout or a signal.
   * Milliseconds, fractions allowed; 0 only looks, a negative one or Infinity waits for ever.
   */
  wait(timeoutMs: number): number {
    const forever = timeoutMs < 0 || timeoutMs === Number.POSITIVE_INFINITY;
    if (!forever) this.setTimespec(timeoutMs);
    const found = this.libc.ppoll(
      this.table.address,
      this.count,
      forever ? null : this.timeout.address,
      null,
    );
    if (found < 0) {
      const failed = errno();
      if (failed === Errno.EINTR) return 0;
      throw osError('poll failed', failed);
    }
    let n = 0;
    for (let at = 0; n < found && at < this.count; at++) {
      const events = this.table.view.getUint16(at * 8 + 6, true);
      if (events === 0) continue;
      this.ready[n] = this.table.view.getInt32(at * 8, true);
      this.answers[n] = events;
      n++;
    }
    return n;
  }

  /** The i-th descriptor found by the last wait. */
  readyFd(i: number): number {
    return this.ready[i];
  }

  /** It has something to read: input, an error or the end. */
  isReadable(i: number): boolean {
    return (this.answers[i] & (POLLIN | FAILED)) !== 0;
  }

  isWritable(i: number): boolean {
    return (this.answers[i] & (POLLOUT | FAILED)) !== 0;
  }

  private setTimespec(ms: number): void {
    const nanos = Math.round(Math.min(ms, 2e9) * 1e6);
    const seconds = Math.floor(nanos / 1e9);
    this.timeout.words[0] = seconds;
    this.timeout.words[2] = nanos - seconds * 1e9;
  }

  private indexOf(fd: number): number {
    for (let at = 0; at < this.count; at++) if (this.table.view.getInt32(at * 8, true) === fd) return at;
    return -1;
  }

  private grow(): void {
    const wider = this.arena.allocate(this.table.bytes.length * 2);
    wider.bytes.set(this.table.bytes);
    this.table = wider;
    this.ready = new Int32Array(this.ready.length * 2);
    this.answers = new Int32Array(this.answers.length * 2);
  }
}
