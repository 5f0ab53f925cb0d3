import type { Command } from 'commander';
import { withCommonOptions, withExample } from '../../shared/options.js';
import { registerChanges } from './changes.js';
import { registerLooks } from './looks.js';
import { registerStart } from './start.js';

export function register(program: Command): void {
  const host = program
    .command('host')
    .description('hosts of our own: start and stop them, change and show them');
  withExample(
    withCommonOptions(host),
    'quipu host start h1.yaml',
    'quipu host start h1 --link tap:tap0 --address 10.0.0.2/24 --gateway 10.0.0.1',
    'quipu host sockets h1 -i',
    'fbctl list --host h1                   # its blocks; quipu status, tap, trace … take --host, too',
  );
  registerStart(host);
  registerLooks(host);
  registerChanges(host);
}
