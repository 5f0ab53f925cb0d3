import type { Command } from 'commander';
import type { TransactionReport } from '../../control/service.js';
import { sendChange } from '../shared/change.js';
import { readGraph } from '../shared/graph-input.js';
import {
  type ChangeOptions,
  clientOf,
  optionsOf,
  withChangeOptions,
  withExample,
} from '../shared/options.js';
import { warningLine } from '../shared/warning.js';

interface ApplyOptions extends ChangeOptions {
  readonly expression?: string;
  readonly empty?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('apply [file]')
    .description(
      'make the running graph what a file says (YAML, JSON or chain text, - for stdin), all or nothing',
    )
    .option('-e, --expression <text>', 'the graph itself, in place of a file')
    .option('--empty', 'allow a graph without blocks: it removes every block');
  withExample(
    withChangeOptions(command),
    'quipu apply graph.yaml --dry-run       # what would change?',
    'quipu apply graph.yaml --confirm 30    # then: quipu confirm',
    'quipu show graph >graph.yaml           # a file to begin with',
    "quipu apply -e 'eth0 -> tee -> counter -> discard'",
  );
  command.action(async (file: string | undefined) => {
    const options = optionsOf<ApplyOptions>(command);
    const { expression, empty } = options;
    const graph = readGraph({ file, expression, empty }, (sentence) =>
      process.stderr.write(warningLine(sentence)),
    );
    const report = await sendChange({ op: 'apply', graph }, options, clientOf(options));
    if (!options.json) process.stdout.write(appliedText(report));
  });
}

/** What an apply has done, for people; nothing for a rehearsal, which has told its actions. */
export function appliedText({ actions, dryRun, micros }: TransactionReport): string {
  if (dryRun) return '';
  if (actions.length === 0) return 'nothing to change: the graph is as it should be\n';
  const changes = actions.length === 1 ? '1 change' : `${actions.length} changes`;
  return `applied ${changes} in ${(micros / 1000).toFixed(1)} ms\n`;
}
