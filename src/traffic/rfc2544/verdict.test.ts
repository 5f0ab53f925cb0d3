import { expect, test } from 'vitest';
import { lossOf, lostFrames, offeredRate, type TrialCounts, verdictOf } from './verdict.js';

const trial = (more: Partial<TrialCounts>): TrialCounts => ({
  asked: 1000,
  sent: 2000,
  seconds: 2,
  received: 2000,
  duplicated: 0,
  reordered: 0,
  wrongLength: 0,
  sinkLost: 0,
  ...more,
});

test('loss is what was sent and did not arrive', () => {
  const half = trial({ received: 1000 });
  expect([lostFrames(half), lossOf(half), offeredRate(half)]).toEqual([1000, 0.5, 1000]);
  expect(lossOf(trial({ sent: 0, received: 0 }))).toBe(0);
  expect(offeredRate(trial({ seconds: 0 }))).toBe(0);
  expect(lostFrames(trial({ received: 2001 }))).toBe(0);
});

test.each([
  [{}, 0, 'kept'],
  [{ received: 1999 }, 0, 'lost'],
  [{ received: 1999 }, 0.001, 'kept'],
  [{ received: 1998 }, 0.001, 'kept'],
  [{ received: 1997 }, 0.001, 'lost'],
  [{ received: 1500 }, 0, 'lost'],
  [{ received: 1499 }, 0, 'lost-many'],
  [{ received: 1200 }, 0.2, 'lost'],
  [{ received: 1199 }, 0.2, 'lost-many'],
  // Loss at the receiving end hides everything else.
  [{ received: 1500, sinkLost: 500 }, 0, 'unseen'],
  [{ received: 2000, sinkLost: 1 }, 0, 'unseen'],
  [{ seconds: 2.06 }, 0, 'kept'],
  [{ seconds: 2.07 }, 0, 'slow'],
  // What was lost was lost, even at a lower rate than was asked for.
  [{ seconds: 4, received: 1999 }, 0, 'lost'],
  [{ asked: undefined, seconds: 4 }, 0, 'kept'],
] as const)('%o, %f may be lost: %s', (counts, allowed, verdict) => {
  expect(verdictOf(trial(counts), allowed)).toBe(verdict);
});
