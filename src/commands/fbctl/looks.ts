import type { Command } from 'commander';
import type { RequestInput } from '../../control/service.js';
import type { BlockRow, BlockView, TypeView } from '../../control/views.js';
import { listText, typesText } from '../shared/list-text.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { showText } from '../shared/show-text.js';
import { styleFor } from '../shared/style.js';

/** Commands that only look. */
export function registerLooks(program: Command): void {
  const list = program
    .command('list')
    .description('list all blocks: name, type, dispatch point, references, bound to')
    .option('--names', 'what they are bound to by name, not by dispatch point');
  withExample(withCommonOptions(list), 'fbctl list', 'fbctl list --names');
  list.action(() => {
    const { names } = optionsOf<CommonOptions & { names?: boolean }>(list);
    return look<BlockRow[]>(list, { op: 'list' }, (rows) => listText(rows, names));
  });

  const show = program
    .command('show <name>')
    .description('show one block: options, counters, drops, edges, links, events');
  withExample(withCommonOptions(show), 'fbctl show fb4 --json');
  show.action((name: string) =>
    look<BlockView>(show, { op: 'show', name }, (view) =>
      showText(view, styleFor(process.stdout, process.env)),
    ),
  );

  const types = program.command('types').description('list the types of blocks');
  withExample(withCommonOptions(types), 'fbctl types');
  types.action(() => look<TypeView[]>(types, { op: 'types' }, typesText));
}

async function look<T>(command: Command, request: RequestInput, text: (answer: T) => string): Promise<void> {
  const options = optionsOf<CommonOptions>(command);
  const answer = await clientOf(options).request<T>(request);
  process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : text(answer));
}
