/** Parameters of random early detection; queue lengths in frames. */
export interface RedParameters {
  readonly min: number;
  readonly max: number;
  /** max_p: probability at the upper threshold. */
  readonly probability: number;
  /** w_q: weight of the queue's length in its average. */
  readonly weight: number;
  readonly gentle: boolean;
  /** s: time that a typical small packet takes, in microseconds. */
  readonly packetMicros: number;
}

export const PASS = 0;
/** Dropped or marked at random. */
export const EARLY = 1;
/** The average is above what can be reasoned with: dropped for certain. */
export const FORCED = 2;

/**
 * p_b of Floyd and Jacobson, "Random Early Detection Gateways for Congestion Avoidance" (IEEE/ACM ToN 1(4), 1993),
 * figure 2: the probability from which p_a is made, by average queue. `gentle` (Floyd 2000) lets it rise from max_p
 * to 1 between the upper threshold and its double.
 */
export function earlyProbability(average: number, p: RedParameters): number {
  if (average < p.min) return 0;
  if (average < p.max) return (p.probability * (average - p.min)) / (p.max - p.min);
  if (!p.gentle || average >= 2 * p.max) return 1;
  return p.probability + ((1 - p.probability) * (average - p.max)) / p.max;
}

/** The state of random early detection. */
export class RedLaw {
  average = 0;
  /** Frames since the last drop; -1 while the average is below the lower threshold. */
  count = -1;
  /** Since when the queue is empty, in microseconds; NaN while it is not. */
  idleSince = Number.NaN;

  /** A frame has come and found `queue` others: the average follows. */
  arrive(queue: number, now: number, p: RedParameters): void {
    if (queue > 0 || Number.isNaN(this.idleSince)) {
      this.average += p.weight * (queue - this.average);
    } else {
      // As if m small packets had come to an empty queue meanwhile.
      const m = (now - this.idleSince) / p.packetMicros;
      this.average *= (1 - p.weight) ** m;
    }
    this.idleSince = Number.NaN;
  }

  /** What becomes of the frame; `draw` is a random number in [0, 1). */
  decide(draw: number, p: RedParameters): number {
    const early = earlyProbability(this.average, p);
    if (early === 0) {
      this.count = this.average < p.min ? -1 : this.count + 1;
      return PASS;
    }
    if (early >= 1) {
      this.count = 0;
      return FORCED;
    }
    this.count++;
    // p_a: spreads the drops evenly, 1 to 1/p_b frames apart.
    const spread = this.count * early;
    if (spread < 1 && draw >= early / (1 - spread)) return PASS;
    this.count = 0;
    return EARLY;
  }
}
