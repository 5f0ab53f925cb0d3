import type { Command } from 'commander';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';

interface ConfirmOptions extends CommonOptions {
  readonly rollback?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('confirm')
    .description('keep the change that was made with --confirm')
    .option('--rollback', 'take it back instead, now');
  withExample(withCommonOptions(command), 'quipu confirm', 'quipu confirm --rollback');
  command.action(async () => {
    const options = optionsOf<ConfirmOptions>(command);
    const answer = await clientOf(options).request({ op: options.rollback ? 'rollback' : 'confirm' });
    if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
}
