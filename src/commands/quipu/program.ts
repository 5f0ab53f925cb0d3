import type { Command } from 'commander';
import { withHostOption } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';

interface Module {
  register(program: Command): void;
}

/** Every subcommand and the file that knows it. */
export const subcommands: Readonly<Record<string, () => Promise<Module>>> = {
  up: () => import('./up.js'),
  down: () => import('./down.js'),
  status: () => import('./status.js'),
  apply: () => import('./apply.js'),
  confirm: () => import('./confirm.js'),
  show: () => import('./show.js'),
  drops: () => import('./drops.js'),
  log: () => import('./log.js'),
  tap: () => import('./tap.js'),
  trace: () => import('./trace.js'),
  socket: () => import('./socket.js'),
  host: () => import('./host/host.js'),
  serve: () => import('./serve/serve.js'),
  fetch: () => import('./fetch/fetch.js'),
  doctor: () => import('./doctor.js'),
  demo: () => import('./demo.js'),
};

/** Those that do to a host, by `--host`, what they do to a daemon. */
const alsoOfHosts = ['status', 'apply', 'confirm', 'show', 'drops', 'log', 'tap', 'trace'];

/**
 * The tool `quipu`. Only the subcommands that `words` may mean are loaded, so that `quipu status` does not wait for
 * what `quipu up` needs; without any, all are, for the help.
 */
export async function quipu(words: readonly string[]): Promise<Command> {
  const program = toolCommand(
    'quipu',
    'A programmable network stack: functional blocks re-tied while traffic flows.',
  );
  const named = Object.keys(subcommands).filter((name) => words.includes(name));
  for (const name of named.length > 0 ? named : Object.keys(subcommands))
    (await subcommands[name]()).register(program);
  for (const command of program.commands) if (alsoOfHosts.includes(command.name())) withHostOption(command);
  return program;
}
