import type { Frame } from '../../contract/frame.js';
import type { LinkContext } from '../../contract/link.js';
import { RingReader } from './ring.js';

/** Takes frames out of a ring into a frame pool; counts what it cannot take. */
export class RingIntake {
  readonly reader: RingReader;
  readonly lost = { 'too-long': 0, malformed: 0, 'pool-empty': 0 };
  private readonly context: LinkContext;
  /** Fills in what is to be said of a frame; false: it is none. */
  private readonly describe: (frame: Frame) => boolean;

  constructor(memory: SharedArrayBuffer, context: LinkContext, describe: (frame: Frame) => boolean) {
    this.reader = new RingReader(memory);
    this.context = context;
    this.describe = describe;
  }

  /** Puts up to `max` frames at `into[0 …]`, with the time at which they came out; answers how many. */
  take(into: Frame[], max: number): number {
    const reader = this.reader;
    let count = 0;
    let read = 0;
    while (count < max && reader.next()) {
      read++;
      const frame = this.next();
      if (frame !== null) into[count++] = frame;
    }
    if (read > 0) reader.release();
    return count;
  }

  private next(): Frame | null {
    const { reader, lost } = this;
    const { pool, clock } = this.context;
    if (reader.length > pool.maxLength) {
      lost['too-long']++;
      return null;
    }
    const frame = pool.allocate();
    if (frame === null) {
      lost['pool-empty']++;
      return null;
    }
    frame.fill(reader.memory.subarray(reader.offset, reader.offset + reader.length));
    frame.timestamp = clock.now();
    frame.hardwareType = 1;
    if (this.describe(frame)) return frame;
    lost.malformed++;
    pool.release(frame);
    return null;
  }
}
