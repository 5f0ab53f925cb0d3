import { randomBytes } from 'node:crypto';
import { QuipuError } from '../contract/error.js';
import { MonotonicClock } from '../linux/monotonic.js';
import { checkPlan } from './check-plan.js';
import type { Generator, GeneratorPlan } from './generator.js';
import { RunningGenerator } from './running-generator.js';
import { surroundingsOf } from './surroundings.js';
import { WorkerThread } from './worker-thread.js';

/** Workers begin so long after all of them are ready, in nanoseconds: they wake one after the other. */
const HEAD_START = 1e6;

/**
 * Starts a traffic generator on a device of this thread's network namespace: a thread for each CPU of the plan, which
 * begin together. It runs when the promise is fulfilled; this thread stays free. `whenOpen` is called when all sockets are open
 * and nothing is sent yet; if it throws, nothing will be. Throws QuipuError: bad-request (the plan),
 * bad-config (the packets), no-privilege, no-device, link-failed (the device is down), no-support.
 */
export async function startGenerator(
  plan: GeneratorPlan,
  whenOpen: () => void = () => {},
): Promise<Generator> {
  const seed = plan.seed ?? randomBytes(4).readUInt32LE();
  const cpus = plan.cpus ?? [null];
  if (cpus.length === 0) throw new QuipuError('bad-request', 'no CPU is given');
  const ingredients = { seed, shuffled: plan.shuffled ?? false, surroundings: surroundingsOf(plan.device) };
  const active = checkPlan(plan, cpus.length, ingredients);
  const base = process.hrtime.bigint();
  const start = new SharedArrayBuffer(8);
  const threads = active.map(
    (worker, i) =>
      new WorkerThread({
        plan,
        // A worker keeps its number, by which packets choose workers; the work is shared by those that have any.
        share: { worker, workers: cpus.length },
        turn: { worker: i, workers: active.length },
        cpu: cpus[worker],
        ingredients,
        count: shareOf(plan.count ?? Number.POSITIVE_INFINITY, i, active.length),
        base,
        start,
      }),
  );
  try {
    await Promise.all(threads.map((thread) => thread.ready));
    whenOpen();
  } catch (error) {
    for (const thread of threads) thread.stop();
    await Promise.all(threads.map((thread) => thread.ended.catch(() => {})));
    throw error;
  }
  const clock = new MonotonicClock(base);
  new Float64Array(start)[0] = clock.now() + HEAD_START;
  for (const thread of threads) thread.go();
  return new RunningGenerator(threads, clock, seed);
}

/** Of `count` frames, dealt out one by one, those of the i-th of n workers. */
function shareOf(count: number, i: number, n: number): number {
  return count === Number.POSITIVE_INFINITY ? count : Math.max(0, Math.ceil((count - i) / n));
}
