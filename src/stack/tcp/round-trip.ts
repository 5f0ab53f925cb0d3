/** Round-trip times and the retransmission timeout that follows from them (RFC 6298). Times in microseconds. */

/** Before the first measurement (RFC 6298 §2.1). */
export const FIRST_TIMEOUT = 1_000_000;
/**
 * Least that is waited beyond the smoothed time. The RFC asks for a timeout of a second at least; hosts of today wait a fifth
 * longer than a round trip, which covers the delayed ACKs of any of them.
 */
export const SHORTEST_WAIT = 200_000;
export const LONGEST_TIMEOUT = 60_000_000;
/** Smallest times are forgotten after so long: a path may have become longer. */
const MINIMUM_LASTS = 300_000_000;

export class RoundTrip {
  /** Smoothed time; 0 before the first measurement. */
  smoothed = 0;
  variation = 0;
  /** Smallest of the last five minutes; Infinity before the first measurement. */
  smallest = Number.POSITIVE_INFINITY;
  latest = 0;
  /** Not backed off: who retransmits doubles it (RFC 6298 §5.5). */
  timeout = FIRST_TIMEOUT;
  private smallestAt = 0;

  /**
   * Takes a measurement. `perRound` is how many of them to expect in a round trip: where every ACK gives one, each
   * weighs less, so that the average still spans some eight round trips (RFC 7323 appendix G).
   */
  measure(micros: number, now: number, perRound: number): void {
    const time = Math.max(1, micros);
    this.latest = time;
    if (time <= this.smallest || now - this.smallestAt > MINIMUM_LASTS) {
      this.smallest = time;
      this.smallestAt = now;
    }
    if (this.smoothed === 0) {
      this.smoothed = time;
      this.variation = time / 2;
    } else {
      const weight = 1 / Math.max(1, perRound);
      this.variation += (Math.abs(this.smoothed - time) - this.variation) * (weight / 4);
      this.smoothed += (time - this.smoothed) * (weight / 8);
    }
    const timeout = this.smoothed + Math.max(SHORTEST_WAIT, 4 * this.variation);
    this.timeout = Math.min(timeout, LONGEST_TIMEOUT);
  }
}
