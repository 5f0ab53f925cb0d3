import type { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import type { FusionView } from '../../control/fusion-view.js';
import type { GraphDocument } from '../../control/graph-document.js';
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
import { engineText } from './engine-text.js';

interface ShowOptions extends CommonOptions {
  readonly yaml?: boolean;
  readonly text?: boolean;
  readonly source?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('show <what>')
    .description('show "graph" (a file for quipu apply), "types", "engine", or one block by its name')
    .option('--yaml', 'the graph as YAML, which is how it is shown without --json')
    .option('--text', 'the graph as chain text')
    .option('--source', 'with "engine": the generated functions too');
  withExample(
    withCommonOptions(command),
    'quipu show graph >graph.yaml',
    'quipu show graph --text                # as short as it gets',
    'quipu show types',
    'quipu show engine --source             # which chains are fused, why others are not, and the code',
    'quipu show fb3',
  );
  command.action(async (what: string) => {
    const options = optionsOf<ShowOptions>(command);
    process.stdout.write(await textOf(what, options, clientOf(options)));
  });
}

async function textOf(what: string, options: ShowOptions, client: ControlClient): Promise<string> {
  const inJson = options.json && !options.yaml && !options.text;
  if (what === 'graph') {
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    if (inJson) return `${JSON.stringify(graph, null, 2)}\n`;
    return options.text ? chainText(graph) : (await import('yaml')).stringify(graph, { lineWidth: 0 });
  }
  if (what === 'engine') {
    const view = await client.request<FusionView>({ op: 'engine', source: options.source === true });
    return inJson ? `${JSON.stringify(view)}\n` : engineText(view, styleFor(process.stdout, process.env));
  }
  if (what === 'types') {
    const types = await client.request<TypeView[]>({ op: 'types' });
    return inJson ? `${JSON.stringify(types)}\n` : typesText(types);
  }
  const view = await client.request<BlockView>({ op: 'show', name: what });
  return inJson ? `${JSON.stringify(view)}\n` : showText(view, styleFor(process.stdout, process.env));
}

async function chainText(graph: GraphDocument): Promise<string> {
  const [{ catalogue }, { kindsOf }, { printChainText }] = await Promise.all([
    import('../../blocks/catalogue.js'),
    import('../../control/graph-check.js'),
    import('../../control/chain-text-print.js'),
  ]);
  return printChainText(graph, kindsOf(catalogue));
}
