import { Duplex } from 'node:stream';
import { netError } from '../net-errors.js';

const LENGTH_BYTES = 4;
const END = Buffer.alloc(LENGTH_BYTES);

/**
 * The bytes of a connection of a host's, both ways, as they cross a control socket: in pieces with their length in front (four
 * bytes, the highest first); a piece of length 0 is the end of a direction. So an end is never mistaken for the death of
 * the other process, nor for a reset: a carrier that ends before both directions did is told as ECONNRESET.
 */
export class MarkedStream extends Duplex {
  private readonly carrier: Duplex;
  /** What is known of the length of the next piece, and of how many bytes. */
  private length = 0;
  private known = 0;
  /** Bytes of the current piece that are still to come. */
  private left = 0;
  private inEnded = false;
  private outEnded = false;

  /** `head` came with the carrier, and is read before it. */
  constructor(carrier: Duplex, head: Buffer = Buffer.alloc(0)) {
    super({ allowHalfOpen: true });
    this.carrier = carrier;
    const gone = () => {
      if (!this.inEnded || !this.outEnded) this.destroy(netError('ECONNRESET', 'read'));
    };
    carrier.on('error', gone).on('end', gone).on('close', gone);
    if (head.length > 0) carrier.unshift(head);
    carrier.on('data', (bytes: Buffer) => this.hear(bytes));
    carrier.resume();
  }

  override _read(): void {
    this.carrier.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) {
      done(); // it would be the end
      return;
    }
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32BE(chunk.length);
    this.carrier.cork();
    this.carrier.write(length);
    this.carrier.write(chunk, done);
    this.carrier.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.outEnded = true;
    this.carrier.write(END, done);
  }

  /** Ends its own direction, if it has not, and goes; what is still on its way may be lost, and then the end is, too. */
  leave(): void {
    if (!this.destroyed && !this.outEnded) this.carrier.write(END);
    this.outEnded = true;
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.carrier.destroy();
    done(error);
  }

  private hear(bytes: Buffer): void {
    let hasRoom = true;
    for (let at = 0; at < bytes.length && !this.destroyed; ) {
      if (this.inEnded)
        this.destroy(netError('ECONNRESET', 'read')); // nothing comes after an end
      else if (this.left === 0) this.hearLength(bytes[at++]);
      else {
        const piece = bytes.subarray(at, at + this.left);
        at += piece.length;
        this.left -= piece.length;
        hasRoom = this.push(piece);
      }
    }
    // After the end it goes on: by that it learns when the other one has gone.
    if (!hasRoom && !this.inEnded) this.carrier.pause();
  }

  private hearLength(byte: number): void {
    this.length = this.length * 256 + byte;
    if (++this.known < LENGTH_BYTES) return;
    this.left = this.length;
    this.inEnded = this.length === 0;
    this.length = this.known = 0;
    if (this.inEnded) this.push(null);
  }
}
