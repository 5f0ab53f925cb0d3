import type { Settings } from './settings.js';

/** Trials that a search takes, about: values tried, a second time where frames were lost, and the lowest of these again. */
const TRIALS_OF_A_SEARCH = 12;
/** Trials of the loss test at one size: from all down to what loses nothing, about half. */
const STEPS_OF_LOSS = 0.5;

type Asked = Pick<
  Settings,
  'tests' | 'sizes' | 'trial' | 'burst' | 'settle' | 'rest' | 'lossStep' | 'repeat'
>;

/** How long measuring will take, about, in seconds: how many rates must be tried is known only afterwards. */
export function durationOf(settings: Asked): number {
  const { tests, sizes, trial, burst, settle, rest, lossStep, repeat } = settings;
  const pause = settle + rest;
  const has = (name: (typeof tests)[number]) => tests.includes(name);
  const searches = has('throughput') || has('latency') ? TRIALS_OF_A_SEARCH : 0;
  const latency = has('latency') ? repeat.latency : 0;
  const loss = has('loss') ? Math.ceil((STEPS_OF_LOSS * 100) / lossStep) : 0;
  // Bursts of a search halve until they pass: half as long as the longest, on average.
  const bursts = has('back-to-back') ? repeat.backToBack * TRIALS_OF_A_SEARCH : 0;
  const each = (searches + latency + loss) * (trial + pause) + bursts * (burst / 2 + pause);
  return sizes.length * each;
}

/** `3 h 20 min`, `12 min`, `40 s`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
