import { obstacleOf } from './arm.js';
import type { TraceDirectory } from './directory.js';
import { parseEvents } from './events.js';
import { type Way, ways } from './way.js';

/** What a kernel allows of one way. */
export interface WayState {
  readonly way: Way;
  readonly allowed: boolean;
  /** What can be traced by it, or why nothing can. */
  readonly detail: string;
}

const scopes: Readonly<Record<Way, (directory: TraceDirectory) => string>> = {
  kprobe: () => 'almost every function, by a breakpoint',
  ftrace: () => 'almost every function that is not inlined, at its entry',
  tracepoint: (directory) =>
    `${parseEvents(directory.read('available_events')).length} places that the kernel's source marks`,
};

/** Which ways there are. Sets nothing: a kernel may still refuse a single symbol. */
export function surveyWays(directory: TraceDirectory): WayState[] {
  return ways.map((way) => {
    const obstacle = obstacleOf(directory, way);
    return { way, allowed: obstacle === '', detail: obstacle || scopes[way](directory) };
  });
}
