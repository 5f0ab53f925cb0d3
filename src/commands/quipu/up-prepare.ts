import { catalogue } from '../../blocks/catalogue.js';
import type { ActionInput } from '../../control/actions.js';
import { requestSchema } from '../../control/service.js';
import type { Daemon } from '../../daemon/daemon.js';
import { figureC1 } from '../shared/figure-c1.js';
import { inputName, readInput } from '../shared/input.js';
import type { UpOptions } from './up.js';

/** Hooks, ties and applies what the command line asked for. */
export async function prepare(daemon: Daemon, options: UpOptions): Promise<void> {
  const actions: ActionInput[] = [];
  const { exclusive = false, promiscuous = false } = options;
  for (const device of options.link ?? []) {
    actions.push({
      do: 'add',
      name: device,
      type: 'ethernet',
      config: { link: device, exclusive, promiscuous },
    });
  }
  const [first] = options.link ?? [];
  if (first !== undefined && !options.bare && options.graph === undefined) actions.push(...figureC1(first));
  if (actions.length > 0) await daemon.request(requestSchema.parse({ op: 'transaction', actions }));
  if (options.graph === undefined) return;
  const { parseGraphFile } = await import('../../control/graph-file.js');
  const schemas = new Map(catalogue.map((type) => [type.kind, type.config]));
  const graph = parseGraphFile(readInput(options.graph), inputName(options.graph), schemas);
  await daemon.request({ op: 'apply', graph, dryRun: false });
}
