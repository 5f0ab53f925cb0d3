import { copyBytes } from '../../wire/bytes.js';

interface Chunk {
  readonly bytes: Uint8Array;
  next: Chunk | null;
}

/**
 * Bytes that an application has written and the peer has not acknowledged yet, as the chunks that it gave: they are not
 * copied before they go into a frame, so whoever writes must leave them alone until then. Offsets count from the first
 * byte not acknowledged.
 */
export class SendQueue {
  /** Bytes in the queue. */
  length = 0;
  private first: Chunk | null = null;
  private last: Chunk | null = null;
  /** Bytes of the first chunk that are acknowledged already. */
  private skip = 0;
  /** Where the last copy ended: sending goes on from there, so no search is needed. The offset is of its chunk's begin. */
  private cursor: Chunk | null = null;
  private cursorAt = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const chunk: Chunk = { bytes, next: null };
    if (this.last) this.last.next = chunk;
    else this.first = chunk;
    this.last = chunk;
    this.length += bytes.length;
  }

  /** Copies `length` bytes from `offset` on; both must lie within the queue. */
  copy(offset: number, length: number, target: Uint8Array, at: number): void {
    if (this.cursor === null || offset < this.cursorAt) {
      this.cursor = this.first;
      this.cursorAt = -this.skip;
    }
    let from = offset;
    const end = offset + length;
    while (this.cursor !== null) {
      const { bytes, next } = this.cursor;
      const chunkEnd = this.cursorAt + bytes.length;
      if (from < chunkEnd) {
        const count = Math.min(end, chunkEnd) - from;
        copyBytes(bytes, from - this.cursorAt, count, target, at + from - offset);
        from += count;
        if (from === end) return;
      }
      this.cursor = next;
      this.cursorAt = chunkEnd;
    }
  }

  /** Lets the first n bytes go: they have arrived. */
  release(n: number): void {
    this.length -= n;
    this.cursorAt -= n;
    let left = n + this.skip;
    while (this.first !== null && left >= this.first.bytes.length) {
      left -= this.first.bytes.length;
      if (this.cursor === this.first) this.cursor = null;
      this.first = this.first.next;
    }
    this.skip = left;
    if (this.first === null) this.last = null;
  }

  /** Lets everything go. */
  clear(): void {
    this.first = null;
    this.last = null;
    this.cursor = null;
    this.length = 0;
    this.skip = 0;
    this.cursorAt = 0;
  }
}
