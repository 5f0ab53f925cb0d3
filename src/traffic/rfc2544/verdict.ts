import type { Verdict } from './search.js';

/** What a trial counted. */
export interface TrialCounts {
  /** Frames that were asked for a second; undefined: as fast as can be. */
  readonly asked: number | undefined;
  /** Frames that the kernel took for sending, and seconds that it took. */
  readonly sent: number;
  readonly seconds: number;
  /** Different frames of the trial that arrived. */
  readonly received: number;
  /** Arrivals of a frame that had arrived already. */
  readonly duplicated: number;
  /** Frames that arrived behind one that was sent later (RFC 4737 §3.3). */
  readonly reordered: number;
  /** Frames that arrived with another length. */
  readonly wrongLength: number;
  /** Frames that reached the receiving device and were lost there, before they could be counted. */
  readonly sinkLost: number;
}

/** A rate within this part of what was asked for is the rate that was asked for. */
const RATE_TOLERANCE = 0.03;
/** A loss beyond this part of the frames is no accident. */
const MANY = 0.25;

export function lostFrames({ sent, received }: TrialCounts): number {
  return Math.max(0, sent - received);
}

/** Part of the frames that was lost, 0 to 1 (RFC 2544 §26.3). */
export function lossOf(trial: TrialCounts): number {
  return trial.sent === 0 ? 0 : lostFrames(trial) / trial.sent;
}

/** Frames sent a second. */
export function offeredRate({ sent, seconds }: TrialCounts): number {
  return seconds > 0 ? sent / seconds : 0;
}

/** Frames were sent more slowly than was asked for. */
export function wasSlow(trial: TrialCounts): boolean {
  return trial.asked !== undefined && offeredRate(trial) < trial.asked * (1 - RATE_TOLERANCE);
}

/** What came of a trial, when a part `allowed` (0 to 1) of the frames may be lost. */
export function verdictOf(trial: TrialCounts, allowed: number): Verdict {
  const loss = lossOf(trial);
  if (trial.sinkLost > 0) return 'unseen';
  if (loss > allowed) return loss > Math.max(MANY, 2 * allowed) ? 'lost-many' : 'lost';
  return wasSlow(trial) ? 'slow' : 'kept';
}
