import type { Limit } from './search.js';
import type { Summary } from './summary.js';
import type { TrialCounts } from './verdict.js';

/** The four tests of RFC 2544 that are made, in this order. */
export const TESTS = ['throughput', 'latency', 'loss', 'back-to-back'] as const;
export type TestName = (typeof TESTS)[number];

/** What was measured between two devices. */
export interface Report {
  readonly from: string;
  readonly to: string;
  /** Speed of the slower device, bits a second, as its driver says; null when none does. */
  readonly linkSpeed: number | null;
  /** One of them is a virtual device, whose speed is a name only. */
  readonly linkIsNominal: boolean;
  readonly options: ReportOptions;
  readonly sizes: readonly SizeReport[];
  /** It ended before its time: by Ctrl-C, or because something failed. */
  readonly interrupted: boolean;
  /** Test frames of every kind, over the whole run: what the tool sent at `from` and at `to`, and what arrived at `to`. */
  readonly frames: { readonly sentFrom: number; readonly sentTo: number; readonly arrivedTo: number };
  /** Sentences about what makes figures doubtful. */
  readonly warnings: readonly string[];
}

export interface ReportOptions {
  readonly tests: readonly TestName[];
  /** Seconds. */
  readonly trial: number;
  readonly burst: number;
  readonly settle: number;
  readonly rest: number;
  /** Percent. */
  readonly allowedLoss: number;
  readonly resolution: number;
  readonly lossStep: number;
  /** Trials that had to lose frames before a rate was given up. */
  readonly tries: number;
  /** How often latency and back-to-back are measured. */
  readonly repeat: { readonly latency: number; readonly backToBack: number };
}

export interface SizeReport {
  /** Bytes of a frame, check sequence counted, and those that the kernel is given. */
  readonly size: number;
  readonly bytes: number;
  /** Frames a second that fit on the wire; null when the link's speed is not known. */
  readonly lineRate: number | null;
  /** Frames a second: the highest rate tried, and why no higher one. */
  readonly highestRate: number;
  readonly highestBecause: 'line' | 'generator' | 'max-rate';
  readonly throughput?: ThroughputReport;
  readonly latency?: LatencyReport;
  readonly loss?: readonly LossReport[];
  readonly backToBack?: BackToBackReport;
}

export interface ThroughputReport {
  /** Frames a second; 0 when frames were lost at every rate. */
  readonly rate: number;
  /** Bits a second on a wire, preamble and gap counted. */
  readonly wireBits: number;
  readonly limit: Limit;
  /** False when it was interrupted: `rate` is then the best so far. */
  readonly converged: boolean;
  readonly trials: readonly TrialReport[];
}

export interface TrialReport extends TrialCounts {
  readonly lost: number;
  /** Frames that were really sent a second. */
  readonly offered: number;
}

/** Microseconds. */
export interface LatencyReport extends Summary {
  /** Frames a second beside which it was measured. */
  readonly rate: number;
  /** Tagged frames that did not arrive. */
  readonly lost: number;
  /** Trials made, of those asked for. */
  readonly trials: number;
}

export interface LossReport {
  /** Percent of the highest rate. */
  readonly load: number;
  /** Percent of the frames. */
  readonly loss: number;
  /** False when the receiving end lost frames itself, as often as it was tried. */
  readonly valid: boolean;
  readonly trial: TrialReport;
}

export interface BackToBackReport {
  /** Frames of the longest burst without loss: average, lowest and highest of all searches. */
  readonly average: number;
  readonly lowest: number;
  readonly highest: number;
  readonly searches: readonly { readonly frames: number; readonly limit: Limit }[];
  /** The longest burst that was tried. */
  readonly longest: number;
}
