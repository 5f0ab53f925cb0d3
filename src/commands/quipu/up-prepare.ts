import type { ActionInput } from '../../control/actions.js';
import { requestSchema } from '../../control/service.js';
import type { Daemon } from '../../daemon/daemon.js';
import { figureC1 } from '../shared/figure-c1.js';
import type { UpOptions } from './up.js';

/** Hooks, ties and applies what the command line asked for; answers with sentences that warn of it. */
export async function prepare(daemon: Daemon, options: UpOptions): Promise<string[]> {
  const actions: ActionInput[] = [];
  const { exclusive, promiscuous = false, io } = options;
  for (const device of options.link ?? []) {
    actions.push({
      do: 'add',
      name: device,
      type: 'ethernet',
      config: {
        link: io === undefined ? device : { kind: 'af-packet', device, io },
        promiscuous,
        ...(exclusive === undefined ? {} : { exclusive }),
      },
    });
  }
  const [first] = options.link ?? [];
  const hasGraph = options.graph !== undefined || options.expression !== undefined;
  if (first !== undefined && !options.bare && !hasGraph) actions.push(...figureC1(first));
  if (actions.length > 0) await daemon.request(requestSchema.parse({ op: 'transaction', actions }));
  if (!hasGraph) return [];
  const { readGraph } = await import('../shared/graph-input.js');
  const warnings: string[] = [];
  const graph = readGraph({ file: options.graph, expression: options.expression }, (sentence) =>
    warnings.push(sentence),
  );
  await daemon.request({ op: 'apply', graph, dryRun: false });
  return warnings;
}
