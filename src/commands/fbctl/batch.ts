import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import type { ActionInput } from '../../control/actions.js';
import { parseBatch } from '../../control/batch-text.js';
import type { ControlClient } from '../../control/client.js';
import { hangingIn, removalActions } from '../../control/vlink-text.js';
import { sendChange, withFiles } from '../shared/change.js';
import { inputName, readInput } from '../shared/input.js';
import {
  type ChangeOptions,
  clientOf,
  optionsOf,
  withChangeOptions,
  withExample,
} from '../shared/options.js';
import { hangingOf } from '../shared/tagged.js';

export function registerBatch(program: Command): void {
  const command = program
    .command('batch [file]')
    .description('run many commands as one transaction, all or none, from a file or stdin (-)')
    .addHelpText(
      'after',
      `
One command on a line: those of fbctl, and "vlink ethernet hook|unhook|add|rm". Quotes, backslashes and # comments
work as in a shell; a quoted text may go over several lines.`,
    );
  withExample(
    withChangeOptions(command),
    'fbctl batch graph.txt --dry-run',
    'printf "add c counter\\nbind c fb2\\n" | fbctl batch',
  );
  command.action(async (file = '-') => {
    const options = optionsOf<ChangeOptions>(command);
    const client = clientOf(options);
    const actions = await batchActions(readInput(file), inputName(file), client);
    const read = (name: string) => (file === '-' && name === '-' ? stdinTwice() : readInput(name));
    await sendChange({ op: 'transaction', actions: withFiles(actions, read) }, options, client);
  });
}

/** The graph is asked where virtual devices hang that the batch removes, unless the batch itself says so. */
async function batchActions(text: string, file: string, client: ControlClient): Promise<ActionInput[]> {
  const actions: ActionInput[] = [];
  for (const item of parseBatch(text, file)) {
    if ('actions' in item) {
      for (const action of item.actions) actions.push(action);
      continue;
    }
    const hanging = hangingIn(actions, item.remove) ?? (await hangingOf(client, item.remove, item.place.at));
    actions.push(...removalActions(item.remove, hanging));
  }
  return actions;
}

function stdinTwice(): never {
  throw new QuipuError(
    'bad-request',
    'stdin holds the batch: a value cannot come from it too; write key=@FILE',
  );
}
