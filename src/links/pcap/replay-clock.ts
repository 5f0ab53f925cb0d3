/** Least pause between two passes of a looped capture, in microseconds. */
const LEAST_PAUSE = 1000;

/**
 * When the frames of a capture are due: as far apart as they were captured, counted from the first. Times that run
 * backwards or are missing (0) mean "at once after the one before".
 */
export class ReplayClock {
  private passStart = 0;
  private lastDue = 0;
  /** Timestamp of the pass's first timed frame; -1 before it. */
  private origin = -1;
  private frames = 0;

  /** Begins at the time `now` of the node's clock. */
  start(now: number): void {
    this.passStart = now;
    this.lastDue = now;
  }

  /** When the next frame, captured at `timestamp`, is due. */
  due(timestamp: number): number {
    this.frames++;
    if (timestamp <= 0) return this.lastDue;
    if (this.origin < 0) {
      this.origin = timestamp;
      this.passStart = this.lastDue;
    }
    this.lastDue = Math.max(this.lastDue, this.passStart + timestamp - this.origin);
    return this.lastDue;
  }

  /** The capture starts again, after a pause as long as the mean gap between its frames. */
  nextPass(): void {
    const gaps = Math.max(1, this.frames - 1);
    this.lastDue += Math.max(LEAST_PAUSE, Math.round((this.lastDue - this.passStart) / gaps));
    this.passStart = this.lastDue;
    this.origin = -1;
    this.frames = 0;
  }
}
