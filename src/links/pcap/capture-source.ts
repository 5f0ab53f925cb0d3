import { CaptureReader } from '../../wire/capture-file.js';
import { type CaptureRecord, PcapError } from '../../wire/capture-record.js';

/**
 * Where a capture's bytes come from: all of them, or a function that answers up to `max` more, an empty array
 * when there are none now (a pipe), null at the end. It may throw.
 */
export type CaptureBytes = Uint8Array | ((max: number) => Uint8Array | null);

const CHUNK = 65_536;
/** Chunks read in search of one record: blocks that are no packets must not keep the engine. */
const MAX_CHUNKS = 16;

/** Records of a capture, pass after pass. Never throws: what is wrong is told by `malformed` and `error`. */
export class CaptureSource {
  /** True when no record will come any more. */
  ended = false;
  /** True when the last `next` answered null because the source had nothing yet. */
  stalled = false;
  /** Records and files that could not be read. */
  malformed = 0;
  error = '';
  private readonly source: CaptureBytes;
  private readonly rewind: (() => void) | null;
  private reader = new CaptureReader();
  private position = 0;
  private passesLeft: number;
  private recordsInPass = 0;

  /** `passes` may be Infinity; more than one needs all the bytes or `rewind`. */
  constructor(source: CaptureBytes, passes: number, rewind: (() => void) | null) {
    this.source = source;
    this.passesLeft = passes;
    this.rewind = rewind;
  }

  get linkType(): number {
    return this.reader.linkType;
  }

  /** The next record, or null: see `ended` and `stalled`; neither means "ask again". `onPass` is called when a new pass begins. */
  next(onPass: () => void): CaptureRecord | null {
    this.stalled = false;
    let chunks = 0;
    while (!this.ended && chunks < MAX_CHUNKS) {
      try {
        const record = this.reader.next();
        if (record !== null) {
          this.recordsInPass++;
          return record;
        }
        const chunk = this.read();
        chunks++;
        if (chunk === null) {
          this.reader.finish();
          if (this.startPass()) onPass();
        } else if (chunk.length === 0) {
          this.stalled = true;
          return null;
        } else this.reader.push(chunk);
      } catch (error) {
        this.note(error);
      }
    }
    return null;
  }

  end(): void {
    this.ended = true;
  }

  private read(): Uint8Array | null {
    if (typeof this.source === 'function') return this.source(CHUNK);
    const from = this.position;
    if (from >= this.source.length) return null;
    this.position = Math.min(from + CHUNK, this.source.length);
    return this.source.subarray(from, this.position);
  }

  private startPass(): boolean {
    this.passesLeft--;
    // A pass without a record would be followed by others like it, for ever.
    if (this.passesLeft < 1 || this.recordsInPass === 0) {
      this.ended = true;
      return false;
    }
    this.rewind?.();
    this.reader = new CaptureReader();
    this.position = 0;
    this.recordsInPass = 0;
    return true;
  }

  private note(error: unknown): void {
    this.error = error instanceof Error ? error.message : String(error);
    if (error instanceof PcapError) this.malformed++;
    // Errors of the source itself (reading a file) end the capture too.
    if (!(error instanceof PcapError) || error.fatal) this.ended = true;
  }
}
