import { Arena } from './arena.js';
import { libc } from './libc.js';

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;

/**
 * Nanoseconds of the monotonic clock since a moment that several threads share (`process.hrtime.bigint()` of one of
 * them): their times can be compared. Doubles hold them to a fraction of a nanosecond for days.
 */
export class MonotonicClock {
  private readonly libc = libc();
  private readonly time = new Arena().allocate(16);
  private readonly base: bigint;
  /** What `performance.now()`, in nanoseconds, is ahead of the shared moment. */
  private readonly ahead: number;

  constructor(base: bigint) {
    this.base = base;
    // The reading with the least time between the two clocks is the best one.
    let best = Number.POSITIVE_INFINITY;
    let ahead = 0;
    for (let i = 0; i < 16; i++) {
      const before = process.hrtime.bigint();
      const between = performance.now() * 1e6;
      const after = process.hrtime.bigint();
      const spread = Number(after - before);
      if (spread >= best) continue;
      best = spread;
      ahead = between - (Number(before - base) + spread / 2);
    }
    this.ahead = ahead;
  }

  now(): number {
    return performance.now() * 1e6 - this.ahead;
  }

  /** Sleeps until then (see `sharpenTimers`); returns at once when that is over, and early when a signal comes. */
  sleepUntil(nanoseconds: number): void {
    const whole = this.base + BigInt(Math.round(nanoseconds));
    this.time.view.setBigInt64(0, whole / 1_000_000_000n, true);
    this.time.view.setBigInt64(8, whole % 1_000_000_000n, true);
    this.libc.clockNanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, this.time.bytes, null);
  }
}
