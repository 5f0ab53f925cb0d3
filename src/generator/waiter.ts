import type { SharedFigures } from './shared-figures.js';

/** A clock in nanoseconds that one can sleep by. */
export interface SleepingClock {
  now(): number;
  /** Sleeps until then, or a little longer; returns at once when that is over. */
  sleepUntil(nanoseconds: number): void;
}

/** Longer waits are begun asleep on the shared memory, where `stop` wakes them; the rest is slept by the clock. */
const LONG = 5e6;
const LONG_REST = 2e6;
/** Bounds of the time before the end at which sleeping gives way to looking at the clock again and again. */
const LEAST_MARGIN = 20e3;
const MOST_MARGIN = 300e3;

/** Waits for moments of the clock, to a fraction of a microsecond: asleep at first, then busy. */
export class Waiter {
  private readonly clock: SleepingClock;
  private readonly shared: SharedFigures;
  /** Follows how late the kernel wakes this thread. */
  private margin = 60e3;

  constructor(clock: SleepingClock, shared: SharedFigures) {
    this.clock = clock;
    this.shared = shared;
  }

  /** False when it was stopped meanwhile. */
  until(time: number): boolean {
    const { clock } = this;
    for (;;) {
      if (this.shared.stopped) return false;
      const left = time - clock.now();
      if (left <= 0) return true;
      if (left > LONG) this.shared.sleep((left - LONG_REST) / 1e6);
      else if (left > this.margin) this.nap(time - this.margin);
      else while (clock.now() < time) {} // shorter than the kernel could wake it
    }
  }

  private nap(time: number): void {
    this.clock.sleepUntil(time);
    const late = this.clock.now() - time;
    if (late > this.margin * 0.75) this.margin = Math.min(MOST_MARGIN, late * 1.5);
    else this.margin = Math.max(LEAST_MARGIN, this.margin * 0.99);
  }
}
