import type { Frame, FramePool } from '../contract/frame.js';
import type { Arena } from './arena.js';
import { MessageBatch } from './batch.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';

const MSG_DONTWAIT = 0x40;

/**
 * Sends frames of the pool from where they lie, a batch per system call. `prefix` zero bytes go in
 * front of each: an empty virtio-net header where the socket wants one.
 */
export class BatchSender {
  /** Error number of the last refusal; 0 when the last send took all. */
  error = 0;
  private readonly libc = libc();
  private readonly batch: MessageBatch;
  private readonly bufferAddress: number;
  private readonly frameVector: number;

  constructor(arena: Arena, pool: FramePool, count: number, prefix: number) {
    this.frameVector = prefix > 0 ? 1 : 0;
    this.batch = new MessageBatch(arena, count, { vectors: this.frameVector + 1, name: 0, control: 0 });
    this.bufferAddress = arena.hold(pool.memory.buffer);
    if (prefix === 0) return;
    // One shared header, never written: the bytes in front of a frame are left alone.
    const zeros = arena.allocate(prefix).address;
    for (let i = 0; i < count; i++) this.batch.setVector(i, 0, zeros, prefix);
  }

  /**
   * Sends frames[from … to) in order; answers how many the kernel took from the front. After fewer,
   * `error` says why the next one was not taken.
   */
  send(fd: number, frames: readonly Frame[], from: number, to: number): number {
    this.error = 0;
    let next = from;
    while (next < to) {
      const n = Math.min(this.batch.count, to - next);
      for (let i = 0; i < n; i++) {
        const frame = frames[next + i];
        const at = this.bufferAddress + frame.bytes.byteOffset + frame.start;
        this.batch.setVector(i, this.frameVector, at, frame.length);
      }
      // A short count hides its error; the next call, beginning with the refused frame, tells it.
      const sent = this.libc.sendmmsg(fd, this.batch.at(0), n, MSG_DONTWAIT);
      if (sent > 0) {
        next += sent;
        continue;
      }
      const failed = sent < 0 ? errno() : Errno.EAGAIN;
      if (failed === Errno.EINTR) continue;
      this.error = failed;
      break;
    }
    return next - from;
  }
}
