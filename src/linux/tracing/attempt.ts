import { arm, obstacleOf, Refused } from './arm.js';
import type { TraceDirectory } from './directory.js';
import { armedAs } from './instances.js';
import type { Plan, Refusal } from './plan.js';
import { type Armed, type Target, ways } from './way.js';

/** What came of a plan: what is armed, null when nothing could be, and why ways before it could not. */
export interface Attempt {
  readonly armed: Armed | null;
  /** The target that was its turn is armed for this owner already; nothing was tried then. */
  readonly standing: Armed | null;
  readonly refusals: readonly Refusal[];
}

/** Arms the first target of the plan that the kernel takes. The others leave nothing. */
export function attempt(directory: TraceDirectory, plan: Plan, times: number, owner: string): Attempt {
  const refusals = [...plan.refusals];
  for (const target of plan.targets) {
    const obstacle = obstacleOf(directory, target.way);
    const standing = armedAs(target, owner);
    if (obstacle === '' && directory.exists(`instances/${standing.instance}`))
      return { armed: null, standing, refusals };
    const tried = obstacle || tryTarget(directory, target, times, owner);
    if (typeof tried !== 'string') return { armed: tried, standing: null, refusals };
    refusals.push({ way: target.way, why: tried });
  }
  refusals.sort((a, b) => ways.indexOf(a.way) - ways.indexOf(b.way));
  return { armed: null, standing: null, refusals };
}

function tryTarget(directory: TraceDirectory, target: Target, times: number, owner: string): Armed | string {
  try {
    return arm(directory, target, times, owner);
  } catch (error) {
    if (error instanceof Refused) return `the kernel refuses ${target.name}: ${error.message}`;
    throw error;
  }
}
