import { type CongestionControl, initialWindow, type PathFacts } from './contract.js';
import { HyStart } from './hystart.js';

/** Growth of the cubic function, segments per second cubed (RFC 9438 §5.1). */
const C = 0.4;
/** What is left of the window after a loss (RFC 9438 §4.6). */
const BETA = 0.7;
/** Reno's growth per round trip that gives the same rate with that BETA (RFC 9438 §4.3). */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);
const SECOND = 1_000_000;

/** What an `undo` brings back. */
interface Remembered {
  readonly window: number;
  readonly threshold: number;
  readonly maximum: number;
  readonly epoch: number;
  readonly origin: number;
  readonly plateauAfter: number;
  readonly reno: number;
  readonly prior: number;
}

/** CUBIC (RFC 9438). Windows in bytes; the cubic function itself counts segments and seconds, as the RFC does. */
export class Cubic implements CongestionControl {
  readonly name = 'cubic';
  window: number;
  threshold = Number.POSITIVE_INFINITY;
  /** Window at the last loss, bytes (W_max). */
  private maximum = 0;
  /** Window at the last loss, whatever fast convergence makes of it (cwnd_prior). */
  private prior = 0;
  /** When the present growth began; 0: at the next acknowledgement. */
  private epoch = 0;
  /** Window at which the plateau lies, segments, and seconds from the epoch until then (K). */
  private origin = 0;
  private plateauAfter = 0;
  /** What Reno would have, segments (W_est). */
  private reno = 0;
  /** Of the first slow start. */
  private hystart: HyStart | null = null;
  /** Kept from the first congestion on: most connections never see one. */
  private before: Remembered | null = null;

  constructor(segment: number) {
    this.window = initialWindow(segment);
  }

  acknowledged(bytes: number, facts: PathFacts): void {
    if (this.window < this.threshold) {
      this.startSlowly(bytes, facts);
      return;
    }
    const { segment, now, smoothed } = facts;
    const window = this.window / segment;
    if (this.epoch === 0) this.begin(window, segment, now);
    this.reno += (this.reno >= this.prior / segment ? 1 : ALPHA) * (bytes / segment / window);
    const seconds = (now - this.epoch) / SECOND;
    const present = this.cubic(seconds);
    if (present < this.reno) {
      this.window = Math.max(window, this.reno) * segment;
      return;
    }
    // Where the function will be a round trip from now, within half of the window (RFC 9438 §4.2).
    const target = Math.min(Math.max(this.cubic(seconds + smoothed / SECOND), window), 1.5 * window);
    this.window += ((target - window) / window) * bytes;
  }

  congested(facts: PathFacts): void {
    this.before = this.remember();
    this.hystart = null;
    const { segment, inFlight } = facts;
    // A window that was not filled says nothing about the path (RFC 9438 §4.6).
    const used = Math.min(this.window, Math.max(inFlight, 2 * segment));
    // Fast convergence: who has to give way leaves some more to the others (RFC 9438 §4.7).
    this.maximum = used < this.maximum ? (used * (1 + BETA)) / 2 : used;
    this.prior = used;
    this.threshold = Math.max(used * BETA, 2 * segment);
    this.epoch = 0;
  }

  timedOut(facts: PathFacts): void {
    this.congested(facts);
    // It begins anew from where slow start ends: the plateau lies there (RFC 9438 §4.8).
    this.maximum = 0;
  }

  undo(): void {
    if (this.before === null) return;
    const window = Math.max(this.window, this.before.window);
    Object.assign(this, this.before);
    this.window = window;
  }

  idle(micros: number): void {
    if (this.epoch > 0) this.epoch += micros;
  }

  /** The first time by HyStart++ (RFC 9438 §4.10): later ones know where they end. */
  private startSlowly(bytes: number, facts: PathFacts): void {
    if (this.threshold < Number.POSITIVE_INFINITY) {
      this.window = Math.min(this.window + bytes, this.threshold);
      return;
    }
    this.hystart ??= new HyStart(facts);
    const growth = this.hystart.growth(bytes, facts);
    if (growth < 0) this.threshold = this.window;
    else this.window += growth;
  }

  private begin(window: number, segment: number, now: number): void {
    this.epoch = now;
    this.reno = window;
    const maximum = this.maximum / segment;
    this.origin = Math.max(maximum, window);
    this.plateauAfter = maximum > window ? Math.cbrt((maximum - window) / C) : 0;
  }

  private cubic(seconds: number): number {
    const t = seconds - this.plateauAfter;
    return C * t * t * t + this.origin;
  }

  private remember(): Remembered {
    const { window, threshold, maximum, epoch, origin, plateauAfter, reno, prior } = this;
    return { window, threshold, maximum, epoch, origin, plateauAfter, reno, prior };
  }
}
