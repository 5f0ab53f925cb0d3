import { type CongestionControl, initialWindow, type PathFacts } from './contract.js';

/** Slow start and congestion avoidance of RFC 5681, byte by byte (RFC 3465 with L = 2 segments). */
export class NewReno implements CongestionControl {
  readonly name = 'new-reno';
  window: number;
  threshold = Number.POSITIVE_INFINITY;
  private before = { window: 0, threshold: Number.POSITIVE_INFINITY };

  constructor(segment: number) {
    this.window = initialWindow(segment);
  }

  acknowledged(bytes: number, { segment }: PathFacts): void {
    if (this.window < this.threshold) this.window += Math.min(bytes, 2 * segment);
    else this.window += (segment * bytes) / this.window;
  }

  congested({ segment, inFlight }: PathFacts): void {
    this.before = { window: this.window, threshold: this.threshold };
    this.threshold = Math.max(inFlight / 2, 2 * segment);
  }

  timedOut(facts: PathFacts): void {
    this.congested(facts);
  }

  undo(): void {
    this.window = Math.max(this.window, this.before.window);
    this.threshold = this.before.threshold;
  }

  idle(): void {}
}
