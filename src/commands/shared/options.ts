import { type Command, InvalidArgumentError } from 'commander';
import { ControlClient } from '../../control/client.js';
import { socketPath } from '../../control/socket-path.js';

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly socket?: string;
}

/** Options of commands that change the graph. */
export interface ChangeOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly confirm?: number;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'answer in JSON; errors too')
    .option(
      '--socket <path>',
      'the daemon to talk to (default: $QUIPU_SOCKET, else /run/quipu.sock for root)',
    );
}

export function withChangeOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--dry-run', 'print the actions and change nothing')
    .option('--confirm <seconds>', 'take the change back unless "quipu confirm" comes in time', seconds);
}

export function withExample(command: Command, ...lines: string[]): Command {
  const head = lines.length > 1 ? 'Examples:' : 'Example:';
  return command.addHelpText('after', `\n${head}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** The options given, with those in front of the subcommand. */
export function optionsOf<T extends CommonOptions>(command: Command): T {
  return command.optsWithGlobals() as T;
}

export function clientOf(options: CommonOptions): ControlClient {
  return new ControlClient(socketPath(options.socket, process.env, process.getuid?.() ?? 0));
}

/** For commander: a positive number of seconds, at most a day. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('Use seconds, more than 0 and at most 86400.');
}

/** For commander: a whole number, at least 1. */
export function count(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('Use a whole number, at least 1.');
}
