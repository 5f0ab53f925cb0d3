import type { Frame, FramePool } from '../contract/frame.js';
import { VNET_HEADER } from '../wire/virtio-net.js';
import { Arena, highWord, type Region } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';

/** Bytes behind the slot's end that show that a frame was longer. */
const SPILL = 8;

/** Reads and writes frames of the pool, one per system call, as a TUN or TAP descriptor wants it. */
export class TunIo {
  /** The virtio-net header of the frame read last, or of the one to be written, where the descriptor has them. */
  readonly header: Uint8Array;
  private readonly fd: number;
  private readonly libc = libc();
  private readonly arena = new Arena();
  /** Iovecs: header, slot and spill for reading, header and frame for writing. */
  private readonly vectors: Region = this.arena.allocate(5 * 16);
  private readonly bufferAddress: number;
  /** The first iovec that counts, and how long a header is in front. */
  private readonly first: number;
  private readonly headerLength: number;
  private open = true;

  constructor(fd: number, pool: FramePool, withHeader = false) {
    this.fd = fd;
    this.first = withHeader ? 0 : 1;
    this.headerLength = withHeader ? VNET_HEADER : 0;
    this.bufferAddress = this.arena.hold(pool.memory.buffer);
    const region = this.arena.allocate(16);
    this.header = region.bytes;
    this.point(0, region.address, VNET_HEADER);
    this.point(1, 0, pool.maxLength);
    this.point(2, this.arena.allocate(SPILL).address, SPILL);
    this.point(3, region.address, VNET_HEADER);
  }

  /**
   * Reads one frame into a fresh frame's slot. Answers its length, more than the slot's when it was too
   * long (how much more is not known), or minus the error number.
   */
  read(frame: Frame): number {
    this.pointTo(1, frame);
    const got = this.libc.readv(this.fd, this.vectors.address + 16 * this.first, 3 - this.first);
    return got < 0 ? -errno() : got - this.headerLength;
  }

  /** Writes one frame: its length, or minus the error number. */
  write(frame: Frame): number {
    this.pointTo(4, frame);
    this.vectors.words[4 * 4 + 2] = frame.length;
    const sent = this.libc.writev(this.fd, this.vectors.address + 16 * (3 + this.first), 2 - this.first);
    if (sent < 0) return -errno();
    return sent > 0 ? sent : -Errno.EINVAL; // a TUN device swallows an empty packet without a word
  }

  /** Closes the descriptor; safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  private pointTo(vector: number, frame: Frame): void {
    const at = this.bufferAddress + frame.bytes.byteOffset + frame.start;
    this.vectors.words[4 * vector] = at >>> 0;
    this.vectors.words[4 * vector + 1] = highWord(at);
  }

  private point(vector: number, address: number, length: number): void {
    const { words } = this.vectors;
    words[4 * vector] = address >>> 0;
    words[4 * vector + 1] = highWord(address);
    words[4 * vector + 2] = length;
  }
}
