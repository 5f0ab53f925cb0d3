import type { Command } from 'commander';
import type { BlockView } from '../../control/views.js';
import { type LinkRow, linkRows, linksText } from '../shared/links-text.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';

export function registerList(ethernet: Command): void {
  const command = ethernet
    .command('list')
    .description('list all links with their state and the frames that went through');
  withExample(withCommonOptions(command), 'vlink ethernet list');
  command.action(async () => {
    const options = optionsOf<CommonOptions>(command);
    const rows: LinkRow[] = linkRows(await clientOf(options).request<BlockView[]>({ op: 'show-all' }));
    process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : linksText(rows));
  });
}
