/** Errors a second that a host sends, and how many at once (RFC 1812 §4.3.2.8, RFC 4443 §2.4(f)). */
const RATE = 1000;
const BURST = 50;

/** The right to send ICMP errors, gathered with time up to a burst: a token bucket, one for a host and all of its errors. */
export class ErrorBudget {
  private tokens = BURST;
  private filledAt = 0;

  /** Takes the right to send one at the time `now`, microseconds. False: too many were sent lately. */
  take(now: number): boolean {
    this.tokens = Math.min(BURST, this.tokens + (Math.max(0, now - this.filledAt) * RATE) / 1_000_000);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
