/** Units of the sums in a byte: bytes per second times microseconds. */
export const MICRO = 1e6;

/**
 * Longest sleep of a block that has frames waiting, in microseconds. It is woken then and looks again: the
 * rate may have changed since, when the block has replaced another and taken its timer over.
 */
export const LONGEST_SLEEP = 1_000_000;

/** How much time's worth of sending a late timer makes up for at once, in microseconds. */
const CATCH_UP = 100_000;

/** Frames that a block lets go in one wake-up, before the others get their turn. */
export const FRAMES_PER_WAKE = 64;

/**
 * A transmitter of a given rate: free when all that was sent has had its time. While frames wait, a wake-up that
 * comes late is made up for, so that the rate holds; time in which nothing waited is lost. Sums are in
 * millionths of a byte: with whole bytes per second and whole microseconds they are exact.
 */
export class Server {
  /** What it may send at once (positive) or has still to see off (negative). */
  private credit = 0;
  private at = 0;

  /** Brings it up to date. Rate in bytes per second; `waiting`: frames have waited for it since the last time. */
  refill(now: number, rate: number, waiting: boolean): void {
    if (now > this.at) {
      this.credit += (now - this.at) * rate;
      this.at = now;
    }
    const most = waiting ? CATCH_UP * rate : 0;
    if (this.credit > most) this.credit = most;
  }

  get free(): boolean {
    return this.credit >= 0;
  }

  send(bytes: number): void {
    this.credit -= bytes * MICRO;
  }

  /** When to look again, if it is not free: whole microseconds. */
  freeAt(now: number, rate: number): number {
    return now + Math.min(LONGEST_SLEEP, Math.ceil(-this.credit / rate));
  }
}
