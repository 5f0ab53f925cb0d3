import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
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
  const inJson = options.json && !options.yaml;
  if (what === 'graph') {
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    if (options.text) {
      const text = await chainText(graph);
      return inJson ? `${JSON.stringify({ text })}\n` : text;
    }
    if (inJson) return `${JSON.stringify(graph, null, 2)}\n`;
    return (await import('yaml')).stringify(graph, { lineWidth: 0 });
  }
  if (what === 'engine') {
    const view = await client.request<FusionView>({ op: 'engine', source: options.source === true });
    return inJson ? `${JSON.stringify(view)}\n` : engineText(view, styleFor(process.stdout, process.env));
  }
  if (what === 'types') {
    const types = await client.request<TypeView[]>({ op: 'types' });
    return inJson ? `${JSON.stringify(types)}\n` : typesText(types);
  }
  const view = await blockView(what, client);
  return inJson ? `${JSON.stringify(view)}\n` : showText(view, styleFor(process.stdout, process.env));
}

async function blockView(name: string, client: ControlClient): Promise<BlockView> {
  try {
    return await client.request<BlockView>({ op: 'show', name });
  } catch (error) {
    if (!(error instanceof QuipuError) || error.code !== 'unknown-name') throw error;
    throw new QuipuError(error.code, `${error.message}; "quipu show" also takes graph, types and engine`);
  }
}

async function chainText(graph: GraphDocument): Promise<string> {
  const [{ allKinds }, { printChainText }] = await Promise.all([
    import('../shared/kinds.js'),
    import('../../control/chain-text-print.js'),
  ]);
  return printChainText(graph, allKinds());
}
