/** 32-bit words that main thread and workers share. */
const STOP = 0;
const GO = 1;
/** How often the worker has published: its parity tells which of the two copies is valid. */
const VERSION = 2;
const HEAD_BYTES = 64;
/** Figures of one copy, as doubles: whole numbers are exact up to 2^53. */
const Figure = { frames: 0, bytes: 1, waits: 2, first: 3, last: 4 } as const;
const COPY = 8;
/** Refusals, by error number. */
const REFUSED_AT = HEAD_BYTES + 2 * COPY * 8;
const ERRORS = 256;

/** Bytes that a worker shares with the thread that made it. */
export const SHARED_BYTES = REFUSED_AT + ERRORS * 8;

/** What one worker has done, as it publishes it and as others read it: a reader gets figures of one moment, and never waits. */
export class SharedFigures {
  private readonly words: Int32Array;
  private readonly figures: Float64Array;
  private readonly refusals: BigUint64Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.figures = new Float64Array(memory, HEAD_BYTES, 2 * COPY);
    this.refusals = new BigUint64Array(memory, REFUSED_AT, ERRORS);
  }

  /** The worker's: times are nanoseconds of the shared clock, of the first frame and the last one. */
  publish(frames: number, bytes: number, waits: number, first: number, last: number): void {
    const version = this.words[VERSION] + 1;
    const at = (version & 1) * COPY;
    this.figures[at + Figure.frames] = frames;
    this.figures[at + Figure.bytes] = bytes;
    this.figures[at + Figure.waits] = waits;
    this.figures[at + Figure.first] = first;
    this.figures[at + Figure.last] = last;
    // Atomic: who sees the new version sees its figures.
    Atomics.store(this.words, VERSION, version | 0);
  }

  /** The worker's: one more frame was refused with this error. */
  refuse(errno: number): void {
    Atomics.add(this.refusals, Math.min(errno, ERRORS - 1), 1n);
  }

  read(): { frames: number; bytes: number; waits: number; first: number; last: number } {
    for (;;) {
      const version = Atomics.load(this.words, VERSION);
      const at = (version & 1) * COPY;
      const read = {
        frames: this.figures[at + Figure.frames],
        bytes: this.figures[at + Figure.bytes],
        waits: this.figures[at + Figure.waits],
        first: this.figures[at + Figure.first],
        last: this.figures[at + Figure.last],
      };
      if (Atomics.load(this.words, VERSION) === version) return read;
    }
  }

  /** How often frames were refused, by error number. */
  refused(): Map<number, number> {
    const found = new Map<number, number>();
    for (let errno = 0; errno < ERRORS; errno++) {
      const times = Atomics.load(this.refusals, errno);
      if (times > 0n) found.set(errno, Number(times));
    }
    return found;
  }

  get stopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  /** Wakes the worker if it sleeps. */
  stop(): void {
    Atomics.store(this.words, STOP, 1);
    Atomics.notify(this.words, STOP);
    this.go();
  }

  /** Sleeps until `stop`, or for so many milliseconds. */
  sleep(milliseconds: number): void {
    Atomics.wait(this.words, STOP, 0, milliseconds);
  }

  go(): void {
    Atomics.store(this.words, GO, 1);
    Atomics.notify(this.words, GO);
  }

  awaitGo(): void {
    Atomics.wait(this.words, GO, 0);
  }
}
