import type { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import type { BlockView } from '../../control/views.js';
import { pause } from '../shared/interrupt.js';
import { linkRows } from '../shared/links-text.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { styleFor } from '../shared/style.js';
import { type DaemonStatus, statusText } from './status-text.js';

interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
}

const CLEAR = '\u001b[H\u001b[J';

export function register(program: Command): void {
  const command = program
    .command('status')
    .description('show what became of all frames, engines, drops, pool and links')
    .option('--watch', 'show it again every second, until Ctrl-C');
  withExample(withCommonOptions(command), 'quipu status --watch');
  command.action(async () => {
    const options = optionsOf<StatusOptions>(command);
    const client = clientOf(options);
    do {
      const text = await report(client, options);
      process.stdout.write(options.watch && process.stdout.isTTY ? CLEAR + text : text);
    } while (options.watch && (await pause(1000)));
  });
}

async function report(client: ControlClient, options: StatusOptions): Promise<string> {
  const status = await client.request<DaemonStatus>({ op: 'status' });
  const links = linkRows(await client.request<BlockView[]>({ op: 'show-all' }));
  if (options.json) return `${JSON.stringify({ ...status, links })}\n`;
  return statusText(status, links, styleFor(process.stdout, process.env));
}
