/** What came of a trial. */
export type Verdict =
  /** All frames arrived, or all but so many as may be lost. */
  | 'kept'
  /** Some frames were lost. */
  | 'lost'
  /** So many that it was no accident. */
  | 'lost-many'
  /** They arrived, but were sent more slowly than was asked for. */
  | 'slow'
  /** The receiving end itself lost frames: nothing is known about the device under test. */
  | 'unseen';

/** Why a search found no higher value. */
export type Limit =
  /** The highest value itself was kept. */
  | 'highest'
  /** The device under test lost frames above it. */
  | 'loss'
  /** Nothing could be sent faster. */
  | 'generator'
  /** The receiving end could not count what was sent faster. */
  | 'sink';

/** Trials of one value that are not sent fast enough before the value is given up, or that the receiving end spoils. */
const SLOW_BELIEVED = 2;
const UNSEEN_BELIEVED = 3;
/** The search gives up below this part of the highest value. */
const LOWEST_PART = 1 / 1024;
/** So many failures at most turn out to have been accidents; later ones are believed. */
const MOST_ACCIDENTS = 4;

/** A value that failed. `isSure`: it was asked again in the end. */
interface Failure {
  readonly value: number;
  readonly why: Limit;
  isSure: boolean;
}

/**
 * Looks for the highest whole number at which trials succeed, by halving (RFC 2544 §26.1, §26.4). `next` is what to try,
 * `tell` takes what came of it. In the end the lowest failure is asked once more: if it succeeds now, it was an accident, and the
 * search goes on above it. Each value is asked for a few times at most, and accidents are numbered: the search ends whatever it
 * is told.
 */
export class Search {
  /** The highest value that was kept; 0 when none was. */
  best = 0;
  /** Undefined as long as the search goes on. */
  limit: Limit | undefined;
  private candidate: number;
  /** From high to low: the last one bounds the search. */
  private readonly failures: Failure[];
  private readonly lowest: number;
  private readonly resolution: number;
  private readonly tries: number;
  private losses = 0;
  private slow = 0;
  private unseen = 0;
  private accidents = 0;

  /**
   * `resolution`: how far, as a part of it, the result may lie below the lowest failure. `tries`: so many trials of a value
   * must lose frames before it counts as a failure, because a machine that does other work loses some now and then; one is
   * enough when it loses many.
   */
  constructor(highest: number, resolution: number, tries = 2) {
    this.candidate = Math.max(1, Math.floor(highest));
    // Nothing above the highest value is tried, as if it had failed.
    this.failures = [{ value: this.candidate + 1, why: 'highest', isSure: true }];
    this.lowest = Math.max(1, Math.ceil(this.candidate * LOWEST_PART));
    this.resolution = resolution;
    this.tries = tries;
  }

  /** What to try; undefined when the search has ended. */
  get next(): number | undefined {
    return this.limit === undefined ? this.candidate : undefined;
  }

  /** What came of `next`; `reached` is the value that was really tried, for a verdict `slow`. */
  tell(verdict: Verdict, reached = this.candidate): void {
    if (this.limit !== undefined) throw new Error('the search has ended');
    switch (verdict) {
      case 'kept':
        this.succeed();
        break;
      case 'lost-many':
        this.fail('loss');
        break;
      case 'lost':
        if (++this.losses >= this.tries) this.fail('loss');
        break;
      case 'slow':
        this.best = Math.max(this.best, Math.min(Math.floor(reached), this.candidate));
        if (++this.slow === SLOW_BELIEVED) this.fail('generator');
        break;
      case 'unseen':
        if (++this.unseen === UNSEEN_BELIEVED) this.fail('sink');
    }
  }

  private succeed(): void {
    this.best = Math.max(this.best, this.candidate);
    if (this.lowestFailure.value === this.candidate) {
      this.failures.pop();
      this.accidents++;
    }
    this.goOn();
  }

  private fail(why: Limit): void {
    // When it was asked for the second time, it is among them already.
    if (this.candidate < this.lowestFailure.value) {
      this.failures.push({ value: this.candidate, why, isSure: false });
    }
    this.goOn();
  }

  private get lowestFailure(): Failure {
    return this.failures[this.failures.length - 1];
  }

  private goOn(): void {
    this.losses = 0;
    this.slow = 0;
    this.unseen = 0;
    const failure = this.lowestFailure;
    const gap = failure.value - this.best;
    if (gap > 1 && gap > this.resolution * failure.value && failure.value > this.lowest) {
      this.candidate = this.best + Math.floor(gap / 2);
    } else if (failure.isSure || this.accidents === MOST_ACCIDENTS) {
      this.limit = failure.why;
    } else {
      failure.isSure = true;
      this.candidate = failure.value;
    }
  }
}
