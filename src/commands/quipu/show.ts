import type { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import type { BlockView, TypeView } from '../../control/views.js';
import { typesText } from '../shared/list-text.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { showText } from '../shared/show-text.js';
import { styleFor } from '../shared/style.js';

interface ShowOptions extends CommonOptions {
  readonly yaml?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('show <what>')
    .description('show "graph" (a file for quipu apply), "types", or one block by its name')
    .option('--yaml', 'the graph as YAML, which is how it is shown without --json');
  withExample(
    withCommonOptions(command),
    'quipu show graph >graph.yaml',
    'quipu show types',
    'quipu show fb3',
  );
  command.action(async (what: string) => {
    const options = optionsOf<ShowOptions>(command);
    process.stdout.write(await textOf(what, options, clientOf(options)));
  });
}

async function textOf(what: string, { json, yaml }: ShowOptions, client: ControlClient): Promise<string> {
  const inJson = json && !yaml;
  if (what === 'graph') {
    const graph = await client.request<unknown>({ op: 'graph' });
    if (inJson) return `${JSON.stringify(graph, null, 2)}\n`;
    const { stringify } = await import('yaml');
    return stringify(graph, { lineWidth: 0 });
  }
  if (what === 'types') {
    const types = await client.request<TypeView[]>({ op: 'types' });
    return inJson ? `${JSON.stringify(types)}\n` : typesText(types);
  }
  const view = await client.request<BlockView>({ op: 'show', name: what });
  return inJson ? `${JSON.stringify(view)}\n` : showText(view, styleFor(process.stdout, process.env));
}
