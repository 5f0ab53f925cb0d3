import { before } from '../sequence.js';
import type { PathFacts } from './contract.js';

// RFC 9406 §4.3; times in microseconds.
const LEAST_RISE = 4_000;
const MOST_RISE = 16_000;
const RISE_DIVISOR = 8;
/** Measurements of a round that make its smallest one count. */
const SAMPLES = 8;
/** Conservative slow start grows that much slower, for so many rounds. */
const GROWTH_DIVISOR = 4;
const ROUNDS = 5;

/**
 * HyStart++ (RFC 9406): ends the first slow start when round trips grow longer, which a queue does that fills, before it
 * overflows. A longer round trip may be chance: for some rounds the window grows slowly, and if they are shorter again slow
 * start goes on. The RFC's limit of growth by one ACK is not kept, as Linux keeps none: receivers merge segments, and one ACK is
 * for many. One object for each first slow start.
 */
export class HyStart {
  private roundEnd: number;
  private smallest = Number.POSITIVE_INFINITY;
  private smallestBefore = Number.POSITIVE_INFINITY;
  private samples = 0;
  /** Smallest round trip when conservative slow start began; Infinity: it has not. */
  private baseline = Number.POSITIVE_INFINITY;
  private rounds = 0;

  constructor(facts: PathFacts) {
    this.roundEnd = facts.sentTo;
  }

  /** How many bytes the window grows by an ACK; -1: slow start has come to its end. */
  growth(bytes: number, facts: PathFacts): number {
    if (!before(facts.acknowledgedTo, this.roundEnd)) {
      this.smallestBefore = this.smallest;
      this.smallest = Number.POSITIVE_INFINITY;
      this.samples = 0;
      this.roundEnd = facts.sentTo;
      if (this.isConservative && ++this.rounds >= ROUNDS) return -1;
    }
    this.smallest = Math.min(this.smallest, facts.latest);
    this.samples++;
    this.judge();
    return this.isConservative ? bytes / GROWTH_DIVISOR : bytes;
  }

  private get isConservative(): boolean {
    return this.baseline < Number.POSITIVE_INFINITY;
  }

  private judge(): void {
    if (this.samples < SAMPLES) return;
    if (this.isConservative) {
      if (this.smallest >= this.baseline) return;
      this.baseline = Number.POSITIVE_INFINITY;
      this.rounds = 0;
    } else if (this.smallestBefore < Number.POSITIVE_INFINITY) {
      const rise = Math.max(LEAST_RISE, Math.min(this.smallestBefore / RISE_DIVISOR, MOST_RISE));
      if (this.smallest < this.smallestBefore + rise) return;
      this.baseline = this.smallest;
      this.rounds = 0;
    }
  }
}
