import { QuipuError } from '../../contract/error.js';
import { remove } from '../../linux/tracing/arm.js';
import { refusalText, type TraceDirectory } from '../../linux/tracing/directory.js';
import type { Armed } from '../../linux/tracing/way.js';

/** Disarms all of them that can be, then throws QuipuError for those that cannot. */
export function disarmAll(directory: TraceDirectory, all: readonly Armed[]): void {
  const faults = all.flatMap((armed) => {
    try {
      remove(directory, armed);
      return [];
    } catch (error) {
      return [
        `${armed.name} cannot be disarmed: instance ${armed.instance} of tracefs: ${refusalText(error)}; does somebody read its files?`,
      ];
    }
  });
  if (faults.length > 0) throw new QuipuError('in-use', faults.join('\n'));
}
