import { before, distance, later } from './sequence.js';

/** Pieces out of order that are kept in any case; more only while they are this long on average: objects take memory too. */
const PIECES = 256;
const PIECE_BYTES = 128;
/** Ranges that are remembered for SACK blocks, latest first. */
const RECENT = 4;
/** Small pieces are packed into chunks, of this size at most. */
const CHUNK = 65_536;

interface Piece {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/**
 * What has come from the peer: bytes in order that the application has not read yet, and pieces that wait for what is
 * missing before them. Bytes are copied out of the frame; of an overlap the bytes that came first are kept.
 */
export class ReceiveQueue {
  /** Bytes in order, not read yet. */
  readable = 0;
  /** Bytes out of order. */
  waiting = 0;
  private ready: Uint8Array[] = [];
  private readAt = 0;
  /** Sorted by sequence number, no overlaps. */
  private pieces: Piece[] = [];
  /** Starts of the islands that grew last, latest first (RFC 2018 §4: their blocks go first). */
  private recent: number[] = [];
  private chunk: Uint8Array | null = null;
  private chunkUsed = 0;

  get pieceCount(): number {
    return this.pieces.length;
  }

  /**
   * Takes `length` bytes that begin at sequence number `seq`, none of them before `next`, the number expected next.
   * Answers the number expected then.
   */
  insert(seq: number, source: Uint8Array, at: number, length: number, next: number): number {
    if (seq !== next) {
      this.insertPieces(seq, source, at, length);
      return next;
    }
    // What is expected is always taken, however much waits behind it.
    const first = this.pieces[0];
    const free = first ? Math.min(length, distance(next, first.seq)) : length;
    this.append(source, at, free);
    const expected = this.joinFrom((next + free) | 0);
    const end = (seq + length) | 0;
    if (!before(expected, end)) return expected;
    return this.insert(expected, source, at + distance(seq, expected), distance(expected, end), expected);
  }

  /** True when all of a range is here, out of order. */
  holds(seq: number, length: number): boolean {
    const i = this.indexOf(seq);
    return i >= 0 && !before(this.islandAround(i)[1], (seq + length) | 0);
  }

  /** The next chunk in order, at most `most` bytes; null when there is none. */
  read(most = Number.POSITIVE_INFINITY): Uint8Array | null {
    if (this.readAt === this.ready.length) return null;
    let chunk = this.ready[this.readAt];
    if (chunk.length > most) {
      this.ready[this.readAt] = chunk.subarray(most);
      chunk = chunk.subarray(0, most);
    } else if (++this.readAt === this.ready.length) {
      this.ready = [];
      this.readAt = 0;
      if (this.pieces.length === 0) this.chunk = null;
    }
    this.readable -= chunk.length;
    return chunk;
  }

  /** Writes the islands beyond `next`, the ones that grew last first, and answers how many; at most `most`. */
  islands(left: Int32Array, right: Int32Array, most: number): number {
    let count = 0;
    for (const start of this.recent) {
      if (count === most) break;
      const i = this.indexOf(start);
      if (i < 0) continue;
      const [from, to] = this.islandAround(i);
      let known = false;
      for (let j = 0; j < count; j++) known ||= left[j] === from;
      if (known) continue;
      left[count] = from;
      right[count++] = to;
    }
    return count;
  }

  clear(): void {
    this.ready = [];
    this.readAt = 0;
    this.readable = 0;
    this.forgetPieces();
  }

  /** Lets go what is out of order: memory is short, or nothing more will come. */
  forgetPieces(): void {
    this.pieces = [];
    this.recent = [];
    this.waiting = 0;
    this.chunk = null;
  }

  private append(source: Uint8Array, at: number, length: number): void {
    if (length === 0) return;
    this.deliver(this.copyOut(source, at, length));
  }

  private deliver(bytes: Uint8Array): void {
    this.readable += bytes.length;
    const last = this.ready.length > this.readAt ? this.ready[this.ready.length - 1] : undefined;
    // Two neighbours in one chunk become one: fewer, longer chunks for the application.
    if (last && isNext(last, bytes)) this.ready[this.ready.length - 1] = joined(last, bytes);
    else this.ready.push(bytes);
  }

  private copyOut(source: Uint8Array, at: number, length: number): Uint8Array {
    // Where nothing else waits, what comes is read at once, or stays alone: it gets just the memory that it needs.
    const held = this.readable + this.waiting;
    if (held === 0 || length >= CHUNK / 4) return source.slice(at, at + length);
    if (this.chunk === null || this.chunkUsed + length > this.chunk.length) {
      this.chunk = new Uint8Array(Math.min(CHUNK, Math.max(length, 2 * held)));
      this.chunkUsed = 0;
    }
    const copy = this.chunk.subarray(this.chunkUsed, this.chunkUsed + length);
    copy.set(source.subarray(at, at + length));
    this.chunkUsed += length;
    return copy;
  }

  private insertPieces(seq: number, source: Uint8Array, at: number, length: number): void {
    let from = seq;
    const end = (seq + length) | 0;
    let i = this.firstEndingAfter(from);
    let took = -1;
    while (before(from, end)) {
      const piece = this.pieces[i];
      if (piece && !before(from, piece.seq)) {
        from = later(from, (piece.seq + piece.bytes.length) | 0);
        i++;
        continue;
      }
      const to = piece && before(piece.seq, end) ? piece.seq : end;
      const count = distance(from, to);
      if (this.pieces.length >= PIECES + this.waiting / PIECE_BYTES) break;
      const bytes = this.copyOut(source, at + distance(seq, from), count);
      if (!this.lengthen(i - 1, from, bytes)) this.pieces.splice(i++, 0, { seq: from, bytes });
      this.waiting += count;
      took = from;
      from = to;
    }
    if (took !== -1 || this.indexOf(seq) >= 0) this.remember(took === -1 ? seq : took);
  }

  /** Makes bytes that follow a piece, in the queue and in memory, part of it. */
  private lengthen(i: number, seq: number, bytes: Uint8Array): boolean {
    const piece = this.pieces[i];
    if (piece === undefined || this.endOf(i) !== seq || !isNext(piece.bytes, bytes)) return false;
    this.pieces[i] = { seq: piece.seq, bytes: joined(piece.bytes, bytes) };
    return true;
  }

  private remember(start: number): void {
    this.recent = [start, ...this.recent.filter((one) => one !== start)].slice(0, RECENT);
  }

  /** Moves what is in order now out of the pieces. */
  private joinFrom(next: number): number {
    let expected = next;
    let used = 0;
    while (used < this.pieces.length && this.pieces[used].seq === expected) {
      const { bytes } = this.pieces[used++];
      this.waiting -= bytes.length;
      this.deliver(bytes);
      expected = (expected + bytes.length) | 0;
    }
    if (used > 0) this.pieces = this.pieces.slice(used);
    if (this.pieces.length === 0) this.recent = [];
    return expected;
  }

  private firstEndingAfter(seq: number): number {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = this.pieces[middle];
      if (before(seq, (piece.seq + piece.bytes.length) | 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Index of the piece that holds `seq`; -1: none. */
  private indexOf(seq: number): number {
    const i = this.firstEndingAfter(seq);
    const piece = this.pieces[i];
    return piece && !before(seq, piece.seq) ? i : -1;
  }

  /** Both ends of the pieces that touch the i-th one, directly or through others. */
  private islandAround(i: number): [number, number] {
    let first = i;
    while (first > 0 && this.endOf(first - 1) === this.pieces[first].seq) first--;
    let last = i;
    while (last + 1 < this.pieces.length && this.endOf(last) === this.pieces[last + 1].seq) last++;
    return [this.pieces[first].seq, this.endOf(last)];
  }

  private endOf(i: number): number {
    return (this.pieces[i].seq + this.pieces[i].bytes.length) | 0;
  }
}

function isNext(first: Uint8Array, second: Uint8Array): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return new Uint8Array(first.buffer, first.byteOffset, first.length + second.length);
}
