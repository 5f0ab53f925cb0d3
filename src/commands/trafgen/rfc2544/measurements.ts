import { nextLoad } from '../../../traffic/rfc2544/loss-steps.js';
import type {
  BackToBackReport,
  LatencyReport,
  LossReport,
  ThroughputReport,
  TrialReport,
} from '../../../traffic/rfc2544/report.js';
import { type Limit, Search } from '../../../traffic/rfc2544/search.js';
import { wireBits } from '../../../traffic/rfc2544/sizes.js';
import { summaryOf } from '../../../traffic/rfc2544/summary.js';
import { lossOf, lostFrames, offeredRate, verdictOf } from '../../../traffic/rfc2544/verdict.js';
import { type Progress, trialLine } from './progress.js';
import type { Settings } from './settings.js';
import { Interrupted, type Tester, type Trial } from './tester.js';

/** One size on its way through the tests. */
export interface Subject {
  readonly tester: Tester;
  readonly settings: Settings;
  readonly progress: Progress;
  readonly size: number;
  /** Frames a second: the most that is tried; sent at full speed when that is the generator's. */
  readonly highestRate: number;
  readonly isFullSpeed: boolean;
}

/** A trial that the receiving end spoilt is made again, so often in all. */
const TRIES = 3;
/** Tagged frames of one trial. */
const TAGS = 100;
/** Seconds of sending at full speed that tell how fast that is, at most, and how often: the best of them counts. */
const PROBE = 0.5;
const PROBES = 3;
/** More frames than any generator sends in that time. */
const PROBE_FRAMES = 20e6;
/** A trial whose frames cannot be sent in time is broken off: its time, and so much more. */
const PATIENCE = 1.25;
const PATIENCE_SECONDS = 0.5;

/** Frames a second that the generator sends when nothing holds it back, the device under test connected. */
export async function fastestRate(subject: Omit<Subject, 'highestRate' | 'isFullSpeed'>): Promise<number> {
  const { tester, settings, size, progress } = subject;
  const within = Math.min(PROBE, settings.trial);
  let fastest = 0;
  for (let i = 0; i < PROBES; i++) {
    const trial = await tester.trial({ size, rate: undefined, count: PROBE_FRAMES, within });
    progress(trialLine(size, 'as fast as can be', trial));
    fastest = Math.max(fastest, offeredRate(trial));
  }
  return Math.floor(fastest);
}

/** RFC 2544 §26.1. `keep` is given what is known so far, after every trial. */
export async function measureThroughput(
  subject: Subject,
  keep: (report: ThroughputReport) => void,
): Promise<number> {
  const { settings, size, highestRate } = subject;
  const search = new Search(highestRate, settings.resolution / 100, settings.tries);
  const trials: TrialReport[] = [];
  for (let rate = search.next; rate !== undefined; rate = search.next) {
    const trial = await paced(subject, 'throughput', rate);
    trials.push(reportOf(trial));
    search.tell(verdictOf(trial, settings.allowedLoss / 100), offeredRate(trial));
    keep({
      rate: search.best,
      wireBits: search.best * wireBits(size),
      limit: search.limit ?? 'loss',
      converged: search.limit !== undefined,
      trials: [...trials],
    });
  }
  return search.best;
}

/** RFC 2544 §26.2, beside a load of `rate`. */
export async function measureLatency(
  subject: Subject,
  rate: number,
  keep: (report: LatencyReport) => void,
): Promise<void> {
  const latencies: number[] = [];
  let [lost, trials] = [0, 0];
  while (trials < subject.settings.repeat.latency) {
    const trial = await paced(subject, 'latency', rate, TAGS);
    trials++;
    lost += trial.tagsSent - trial.latencies.length;
    latencies.push(...trial.latencies);
    const summary = summaryOf(latencies);
    if (summary) keep({ ...summary, rate, lost, trials });
  }
}

/** RFC 2544 §26.3. */
export async function measureLoss(subject: Subject, keep: (report: LossReport[]) => void): Promise<void> {
  const { settings, highestRate } = subject;
  const found: LossReport[] = [];
  const next = () =>
    nextLoad(
      found.map(({ trial }) => trial.lost === 0),
      settings.lossStep,
    );
  for (let load = next(); load !== undefined; load = next()) {
    const rate = Math.max(1, Math.round((highestRate * load) / 100));
    let trial = await paced(subject, `loss at ${load} %`, rate);
    for (let tries = 1; trial.sinkLost > 0 && tries < TRIES; tries++) {
      trial = await paced(subject, `loss at ${load} % again`, rate);
    }
    found.push({ load, loss: lossOf(trial) * 100, valid: trial.sinkLost === 0, trial: reportOf(trial) });
    keep([...found]);
  }
}

/** RFC 2544 §26.4: bursts as fast as can be sent. */
export async function measureBackToBack(
  subject: Subject,
  keep: (report: BackToBackReport) => void,
): Promise<void> {
  const { tester, settings, size, highestRate, isFullSpeed, progress } = subject;
  const longest = Math.max(1, Math.round(highestRate * settings.burst));
  const searches: { frames: number; limit: Limit }[] = [];
  while (searches.length < settings.repeat.backToBack) {
    const search = new Search(longest, settings.resolution / 100, settings.tries);
    for (let count = search.next; count !== undefined; count = search.next) {
      const rate = isFullSpeed ? undefined : highestRate;
      const trial = await tester.trial({ size, rate, count, within: within(settings.burst) });
      progress(trialLine(size, `burst of ${count}`, trial));
      // A burst that could not be sent in time counts as far as it went.
      const verdict = verdictOf({ ...trial, asked: undefined }, settings.allowedLoss / 100);
      search.tell(verdict === 'kept' && trial.sent < count ? 'slow' : verdict, trial.sent);
    }
    searches.push({ frames: search.best, limit: search.limit ?? 'loss' });
    const summary = summaryOf(searches.map(({ frames }) => frames));
    if (summary === undefined) throw new Interrupted();
    const { average, lowest, highest } = summary;
    keep({ average: Math.round(average), lowest, highest, searches: [...searches], longest });
  }
}

/** A trial at a rate, for as long as trials are. */
async function paced(subject: Subject, test: string, rate: number, tags = 0): Promise<Trial> {
  const { tester, settings, size, progress } = subject;
  const count = Math.max(1, Math.round(rate * settings.trial));
  const trial = await tester.trial({ size, rate, count, within: within(count / rate), tags });
  progress(trialLine(size, test, trial));
  return trial;
}

function within(seconds: number): number {
  return seconds * PATIENCE + PATIENCE_SECONDS;
}

function reportOf(trial: Trial): TrialReport {
  const { latencies: _, tagsSent: __, ...counts } = trial;
  return { ...counts, lost: lostFrames(trial), offered: Math.round(offeredRate(trial)) };
}
