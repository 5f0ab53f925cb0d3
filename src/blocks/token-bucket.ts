import { LONGEST_SLEEP, MICRO } from './server.js';

/**
 * A token bucket: it fills at a rate up to its depth, and what passes takes its length out of it, so that in any time t
 * no more than depth + rate × t bytes pass. Tokens are counted in millionths of a byte: with whole bytes per second
 * and whole microseconds every sum is exact, and nothing drifts.
 */
export class TokenBucket {
  /** Millionths of a byte. */
  private tokens = Number.POSITIVE_INFINITY; // full, whatever the depth
  private at = 0;

  /** Brings it up to date. Rate in bytes per second, depth in bytes. */
  refill(now: number, rate: number, depth: number): void {
    if (now > this.at) {
      this.tokens += (now - this.at) * rate;
      this.at = now;
    }
    if (this.tokens > depth * MICRO) this.tokens = depth * MICRO;
  }

  /** Takes `bytes` out if they are there. */
  take(bytes: number): boolean {
    if (this.tokens < bytes * MICRO) return false;
    this.tokens -= bytes * MICRO;
    return true;
  }

  /** When to look again for `bytes`, after a `take` of them that failed: whole microseconds. */
  readyAt(now: number, rate: number, bytes: number): number {
    return now + Math.min(LONGEST_SLEEP, Math.ceil((bytes * MICRO - this.tokens) / rate));
  }
}
