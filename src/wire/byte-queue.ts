/**
 * Bytes that came in chunks and wait to be parsed. Holds what was pushed and not skipped, so a reader that
 * is drained after every push holds at most one unfinished record and one chunk.
 */
export class ByteQueue {
  /** Valid in `[start, end)`; replaced by `push`. */
  bytes = new Uint8Array(4096);
  start = 0;
  end = 0;
  /** Position of `start` in the whole stream. */
  position = 0;

  get available(): number {
    return this.end - this.start;
  }

  /** Appends a copy of the chunk. */
  push(chunk: Uint8Array): void {
    const waiting = this.end - this.start;
    const needed = waiting + chunk.length;
    if (this.end + chunk.length > this.bytes.length) {
      const old = this.bytes;
      if (needed > old.length) this.bytes = new Uint8Array(Math.max(needed, 2 * old.length));
      this.bytes.set(old.subarray(this.start, this.end), 0);
      this.start = 0;
      this.end = waiting;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Drops n bytes, at most `available`, from the front. */
  skip(n: number): void {
    this.start += n;
    this.position += n;
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    }
  }

  u16(at: number, little: boolean): number {
    const first = this.bytes[this.start + at];
    const second = this.bytes[this.start + at + 1];
    return little ? first | (second << 8) : (first << 8) | second;
  }

  u32(at: number, little: boolean): number {
    const low = this.u16(little ? at : at + 2, little);
    const high = this.u16(little ? at + 2 : at, little);
    return ((high << 16) | low) >>> 0;
  }

  u8(at: number): number {
    return this.bytes[this.start + at];
  }

  /** A copy of `length` bytes from `at`. */
  copy(at: number, length: number): Uint8Array {
    return this.bytes.slice(this.start + at, this.start + at + length);
  }
}
