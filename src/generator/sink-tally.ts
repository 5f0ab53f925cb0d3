import { TestFrameAt, TestFrameKind } from '../traffic/rfc2544/test-frame.js';
import { readU16, readU32 } from '../wire/bytes.js';
import type { SinkFigures, SinkTrial, TagArrival } from './sink.js';
import { SinkCounter } from './sink-counter.js';
import type { FrameTaker } from './sink-ring.js';

/** Learning frames of a trial that are told apart. */
const LEARNING_FRAMES = 1 << 16;

/** Counts the test frames of one trial after the other. */
export class SinkTally implements FrameTaker {
  private trial: SinkTrial = { trial: -1, length: 0, expected: 0 };
  private readonly load = new SinkCounter();
  private readonly learning = new SinkCounter();
  private tags = new Map<number, TagArrival>();
  private wrongLength = 0;
  private merged = 0;
  private stale = 0;
  private arrivals = 0;

  begin(trial: SinkTrial): void {
    this.trial = trial;
    this.load.begin(trial.expected);
    this.learning.begin(LEARNING_FRAMES);
    this.tags = new Map();
    this.wrongLength = 0;
    this.merged = 0;
    this.stale = 0;
  }

  take(
    bytes: Uint8Array,
    at: number,
    length: number,
    merged: boolean,
    seconds: number,
    nanoseconds: number,
  ): void {
    this.arrivals++;
    if (readU16(bytes, at + TestFrameAt.trial) !== this.trial.trial) {
      this.stale++;
      return;
    }
    if (merged) this.merged++;
    else if (length !== this.trial.length) this.wrongLength++;
    const number = readU32(bytes, at + TestFrameAt.number);
    switch (bytes[at + TestFrameAt.kind]) {
      case TestFrameKind.load:
        this.load.note(number);
        break;
      case TestFrameKind.tag:
        // A second one would be a duplicate: the first one counts.
        if (!this.tags.has(number)) this.tags.set(number, { number, seconds, nanoseconds });
        break;
      default:
        this.learning.note(number);
    }
  }

  /** `lost` and `error` are the socket's. */
  figures(lost: number, error: number): SinkFigures {
    const { received, duplicated, reordered, strange } = this.load;
    return {
      received,
      duplicated,
      reordered,
      strange,
      wrongLength: this.wrongLength,
      merged: this.merged,
      learning: this.learning.received,
      learningDuplicated: this.learning.duplicated,
      stale: this.stale,
      arrivals: this.arrivals,
      lost,
      tags: [...this.tags.values()],
      error,
    };
  }
}
