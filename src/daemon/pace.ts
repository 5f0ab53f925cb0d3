/** Frames a second from which on they are let gather, and how many are to come together. */
const GATHER_RATE = 100_000;
const GATHER = 128;
/** Longest time that a frame is let wait for others, in microseconds. Sleeping and waking costs some 20 of work. */
const LONGEST_NAP = 150;
/** Over how long a rate is measured, in microseconds. */
const WINDOW = 1000;
/** After the last frame, look for more for this long before sleeping, in microseconds: a wake-up costs about that. */
const SPIN = 50;
/** The next frame came soon: it would have been found by a spin, had it not had to wake the thread first. */
const SOON = 100;
/** Weight of the newest in the share of pauses that ended soon. */
const WEIGHT = 1 / 8;

/**
 * How the engine's thread waits for frames. When they come fast it lets them gather for a moment, so that one
 * wake-up serves many. When they come slowly it sleeps until the next. In between, and only as long as that pays, it
 * looks again and again for a short while first: a frame that is answered by another within microseconds.
 */
export class Pace {
  private windowStart = 0.5; // not small integers, so that the fields are doubles from the start
  private frames = 0;
  /** Frames a microsecond in the last window. */
  private rate = 0.5;
  private lastFrame = 0.5;
  private quiet = false;
  /** Share of the pauses that ended soon. */
  private soon = 0.5;

  /** A turn brought in so many frames; the time after it in microseconds. */
  note(came: number, now: number): void {
    this.frames += came;
    const elapsed = now - this.windowStart;
    if (elapsed >= WINDOW) {
      this.rate = this.frames / elapsed;
      this.frames = 0;
      this.windowStart = now;
    }
    if (came === 0) {
      this.quiet = true;
      return;
    }
    if (this.quiet) this.soon += ((now - this.lastFrame < SOON ? 1 : 0) - this.soon) * WEIGHT;
    this.quiet = false;
    this.lastFrame = now;
  }

  /** How long to let frames gather before the next look, in microseconds; 0: not at all. */
  nap(): number {
    if (this.rate * 1e6 < GATHER_RATE) return 0;
    return Math.min(LONGEST_NAP, GATHER / this.rate);
  }

  /** True while it pays to look again at once. */
  spins(now: number): boolean {
    return this.soon > 0.5 && now - this.lastFrame < SPIN;
  }
}
