import { type Command, InvalidArgumentError } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { ControlClient } from '../../control/client.js';
import { HOST_NAME, hostSocketPath, socketPath } from '../../control/socket-path.js';

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly socket?: string;
  /** A host instead of the daemon itself, where `withHostOption` lets it be named. */
  readonly host?: string;
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

/** For commands that do to a host what they do to a daemon. */
export function withHostOption(command: Command): Command {
  return command.option(
    '--host <name>',
    'a host of that daemon ("quipu host list") in its place, or the path of a host’s socket',
  );
}

/** A client of the daemon, or of the host that `--host` names. Throws QuipuError: no name of a host. */
export function clientOf(options: CommonOptions): ControlClient {
  if (options.host !== undefined) return hostClientOf(options.host, options);
  return new ControlClient(daemonSocketOf(options));
}

/** A client of a host by its name or by the path of its socket. Throws QuipuError: it is neither. */
export function hostClientOf(name: string, options: CommonOptions): ControlClient {
  return new ControlClient(hostSocketOf(name, options), 'host');
}

/** Where a host listens. Throws QuipuError: neither a name nor a path. */
export function hostSocketOf(name: string, options: CommonOptions): string {
  if (!name.includes('/') && !HOST_NAME.test(name)) {
    throw new QuipuError(
      'bad-request',
      `${JSON.stringify(name)} is no host: write its name, or the path of its socket with a "/" in it`,
    );
  }
  return hostSocketPath(daemonSocketOf(options), name);
}

function daemonSocketOf({ socket }: CommonOptions): string {
  return socketPath(socket, process.env, process.getuid?.() ?? 0);
}

/** For commander: an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
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
