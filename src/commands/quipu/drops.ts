import type { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import type { NodeStatus } from '../../control/views.js';
import type { DropLine } from '../../engine/accounts.js';
import { pause } from '../shared/interrupt.js';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { dropsText } from '../shared/totals-text.js';

interface DropsOptions extends CommonOptions {
  readonly follow?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('drops')
    .description('show where frames were dropped and why')
    .option('--follow', 'go on with what is dropped from now on, looked at every second, until Ctrl-C');
  withExample(withCommonOptions(command), 'quipu drops', 'quipu drops --follow');
  command.action(async () => {
    const options = optionsOf<DropsOptions>(command);
    const client = clientOf(options);
    let before = await dropsOf(client);
    process.stdout.write(options.json ? `${JSON.stringify(before)}\n` : dropsText(before));
    while (options.follow && (await pause(1000))) {
      const now = await dropsOf(client);
      const fresh = newDrops(before, now);
      process.stdout.write(
        fresh.map((line) => (options.json ? `${JSON.stringify(line)}\n` : freshText(line))).join(''),
      );
      before = now;
    }
  });
}

/** A line of the ledger that grew, with how much. */
export interface FreshDrop extends DropLine {
  readonly more: number;
}

export function newDrops(before: readonly DropLine[], now: readonly DropLine[]): FreshDrop[] {
  const counts = new Map(before.map((line) => [`${line.block} ${line.reason}`, line.count]));
  return now
    .map((line) => ({ ...line, more: line.count - (counts.get(`${line.block} ${line.reason}`) ?? 0) }))
    .filter(({ more }) => more > 0);
}

export function freshText({ block, reason, more, count, sample }: FreshDrop): string {
  return `${block}  ${reason}  +${more} (${count})${sample ? `  the last began ${sample}` : ''}\n`;
}

async function dropsOf(client: ControlClient): Promise<readonly DropLine[]> {
  return (await client.request<NodeStatus>({ op: 'status' })).drops;
}
