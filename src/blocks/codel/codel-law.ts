/**
 * The state of CoDel (RFC 8289 §5): whether frames have stayed in the queue for longer than the target for at least an
 * interval, and when the next drop is due. All times in microseconds.
 */
export class CodelLaw {
  /** When the time in the queue will have been above the target for an interval; 0 while it is not above. */
  firstAbove = 0;
  dropping = false;
  dropNext = 0;
  /** Drops since dropping began, and what that was when the one before began. */
  count = 0;
  lastCount = 0;
  /** Longest frame seen: a queue of no more bytes is no queue. */
  longest = 0;

  /** `ok_to_drop` of `dodequeue`: of a frame taken out at `now` after `sojourn`, with `bytes` left behind it. */
  isTooOld(now: number, sojourn: number, bytes: number, target: number, interval: number): boolean {
    if (sojourn < target || bytes <= this.longest) {
      this.firstAbove = 0;
      return false;
    }
    if (this.firstAbove === 0) {
      this.firstAbove = now + interval;
      return false;
    }
    return now >= this.firstAbove;
  }

  /** Dropping begins. If the last time was a short while ago, it goes on at nearly the rate it had then. */
  begin(now: number, interval: number): void {
    this.dropping = true;
    const since = this.count - this.lastCount;
    this.count = since > 1 && now - this.dropNext < 16 * interval ? since : 1;
    this.dropNext = controlLaw(now, interval, this.count);
    this.lastCount = this.count;
  }
}

/** When the next drop is due: drops come closer with the square root of their number. */
export function controlLaw(time: number, interval: number, count: number): number {
  return time + interval / Math.sqrt(count);
}
