import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { interruption } from '../shared/interrupt.js';
import {
  type CommonOptions,
  clientOf,
  collect,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { writeOut } from '../shared/stream.js';
import { warningLine } from '../shared/warning.js';
import { runInteractive } from './shell/interactive.js';
import { LineJoiner } from './shell/joiner.js';
import { runScript, runText } from './shell/script.js';
import type { Shell } from './shell/shell.js';
import { loginName } from './shell/user.js';

interface ShellOptions extends CommonOptions {
  readonly command?: readonly string[];
  readonly interactive?: boolean;
}

/** Adds `trafgen shell` to the tool. */
export function register(program: Command): void {
  const command = program
    .command('shell')
    .description('set up packets and generators of the daemon, start and stop them, see what they do')
    .option('-c, --command <text>', 'run a command and end; may be repeated', collect)
    .option('-i, --interactive', 'prompt and tell news also where stdin is no terminal')
    .addHelpText(
      'after',
      `
Packets and generators live in the daemon ("quipu up"): several shells see and change the same ones, and what runs goes
on when a shell ends. Without -c, commands come from the terminal, or from stdin up to the first error. "help" lists
them.`,
    );
  withExample(
    withCommonOptions(command),
    'trafgen shell',
    "trafgen shell -c 'start g1' -c 'statistics g1 every 1'",
    'trafgen shell < appliance.conf',
    "trafgen shell --json -c 'show generators'",
  );
  command.action(async () => {
    const options = optionsOf<ShellOptions>(command);
    const client = clientOf(options);
    const shell: Shell = {
      client,
      user: loginName(process.env),
      session: undefined,
      json: options.json ?? false,
      columns: () => (process.stdout.isTTY ? process.stdout.columns : null),
      write: writeOut,
      remark: (sentence) => void process.stderr.write(warningLine(sentence)),
      viewing: interruption,
    };
    if (options.command !== undefined) return runCommands(shell, options.command);
    if (options.interactive || process.stdin.isTTY) return runInteractive(shell);
    await runScript(shell, createInterface({ input: process.stdin }), 'stdin');
  });
}

/** Commands of the command line: one needs no place in its errors. */
async function runCommands(shell: Shell, commands: readonly string[]): Promise<void> {
  for (const [i, text] of commands.entries()) {
    if (text.includes('\n')) await runScript(shell, text.split('\n'), `-c ${i + 1}`);
    else await runOne(shell, text);
  }
}

async function runOne(shell: Shell, text: string): Promise<void> {
  const joiner = new LineJoiner();
  if (joiner.add(text) === null) {
    throw new QuipuError('bad-request', `the packet has no end: ${joiner.wanted} is missing`);
  }
  await runText(shell, text, null);
}
