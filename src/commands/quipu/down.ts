import type { Command } from 'commander';
import type { NodeStatus } from '../../control/views.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { reasonsText, totalsLine } from '../shared/totals-text.js';

export function register(program: Command): void {
  const command = program.command('down').description('end the daemon and print its last account');
  withExample(withCommonOptions(command), 'quipu down');
  command.action(async () => {
    const options = optionsOf<CommonOptions>(command);
    const status = await clientOf(options).down<NodeStatus>();
    const text = totalsLine(status, reasonsText(status.drops));
    process.stdout.write(options.json ? `${JSON.stringify(status)}\n` : `${text}\n`);
  });
}
