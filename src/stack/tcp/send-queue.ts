import { copyBytes } from '../../wire/bytes.js';

/**
 * Bytes that an application has written and the peer has not acknowledged yet, as the chunks that it gave: they are not
 * copied before they go into a frame, so whoever writes must leave them alone until then. Offsets count from the first
 * byte not acknowledged.
 */
export class SendQueue {
  /** Bytes in the queue. */
  length = 0;
  private chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that are acknowledged already. */
  private skip = 0;
  /** Where the last copy ended: sending goes on from there, so no search is needed. */
  private cursorChunk = 0;
  private cursorAt = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** Copies `length` bytes from `offset` on; both must lie within the queue. */
  copy(offset: number, length: number, target: Uint8Array, at: number): void {
    this.seek(offset);
    let left = length;
    let to = at;
    let from = offset - this.cursorAt;
    while (left > 0) {
      const chunk = this.chunks[this.cursorChunk];
      const skipped = this.cursorChunk === 0 ? this.skip : 0;
      const n = Math.min(left, chunk.length - skipped - from);
      copyBytes(chunk, skipped + from, n, target, to);
      to += n;
      left -= n;
      if (left === 0) return;
      this.cursorAt += chunk.length - skipped;
      this.cursorChunk++;
      from = 0;
    }
  }

  /** Lets the first n bytes go: they have arrived. */
  release(n: number): void {
    this.length -= n;
    let gone = 0;
    let left = n + this.skip;
    while (gone < this.chunks.length && left >= this.chunks[gone].length) left -= this.chunks[gone++].length;
    this.skip = left;
    if (gone > 0) this.chunks = gone === this.chunks.length ? [] : this.chunks.slice(gone);
    this.cursorChunk = 0;
    this.cursorAt = 0;
  }

  /** Lets everything go. */
  clear(): void {
    this.chunks = [];
    this.length = 0;
    this.skip = 0;
    this.cursorChunk = 0;
    this.cursorAt = 0;
  }

  /** Moves the cursor to the chunk that holds `offset`. */
  private seek(offset: number): void {
    if (offset < this.cursorAt) {
      this.cursorChunk = 0;
      this.cursorAt = 0;
    }
    for (;;) {
      const skipped = this.cursorChunk === 0 ? this.skip : 0;
      const next = this.cursorAt + this.chunks[this.cursorChunk].length - skipped;
      if (offset < next || this.cursorChunk + 1 === this.chunks.length) return;
      this.cursorAt = next;
      this.cursorChunk++;
    }
  }
}
