import type { Frame, FramePool } from '../contract/frame.js';
import { Arena, highWord, type Region } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';

/** Bytes behind the slot's end that show that a frame was longer. */
const SPILL = 8;

/** Reads and writes frames of the pool, one per system call, as a TUN or TAP descriptor wants it. */
export class TunIo {
  private readonly fd: number;
  private readonly libc = libc();
  private readonly arena = new Arena();
  /** Two iovecs for reading (slot, spill), then one for writing. */
  private readonly vectors: Region = this.arena.allocate(3 * 16);
  private readonly bufferAddress: number;
  private open = true;

  constructor(fd: number, pool: FramePool) {
    this.fd = fd;
    this.bufferAddress = this.arena.hold(pool.memory.buffer);
    this.vectors.words[2] = pool.maxLength;
    const spill = this.arena.allocate(SPILL).address;
    this.vectors.words[4] = spill >>> 0;
    this.vectors.words[5] = highWord(spill);
    this.vectors.words[6] = SPILL;
  }

  /**
   * Reads one frame into a fresh frame's slot. Answers its length, more than the slot's when it was too
   * long (how much more is not known), or minus the error number.
   */
  read(frame: Frame): number {
    this.pointTo(0, frame);
    const got = this.libc.readv(this.fd, this.vectors.address, 2);
    return got < 0 ? -errno() : got;
  }

  /** Writes one frame: its length, or minus the error number. */
  write(frame: Frame): number {
    this.pointTo(8, frame);
    this.vectors.words[10] = frame.length;
    const sent = this.libc.writev(this.fd, this.vectors.address + 32, 1);
    if (sent < 0) return -errno();
    return sent > 0 ? sent : -Errno.EINVAL; // a TUN device swallows an empty packet without a word
  }

  /** Closes the descriptor; safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  private pointTo(word: number, frame: Frame): void {
    const at = this.bufferAddress + frame.bytes.byteOffset + frame.start;
    this.vectors.words[word] = at >>> 0;
    this.vectors.words[word + 1] = highWord(at);
  }
}
