import { Command, CommanderError } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { version } from '../../daemon/version.js';
import { fileFault } from './input.js';
import { wasInterrupted } from './interrupt.js';
import { withCommonOptions } from './options.js';
import { printable } from './printable.js';

/** How a tool ends. */
export const Exit = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The root command of a tool. Usage errors are thrown, for `run` to print. */
export function toolCommand(tool: string, summary: string): Command {
  const program = new Command(tool)
    .description(summary)
    .version(version, '--version')
    .helpCommand('help [command]', 'help about a command')
    .helpOption('-h, --help', 'help about the command')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError(true);
  return withCommonOptions(program);
}

/** Runs a tool to its end: prints what went wrong and sets the exit code. */
export async function run(program: Command, words: readonly string[]): Promise<void> {
  const json = wantsJson(words);
  process.stdout.on('error', (error) => endWithoutOutput(error, program.name(), json));
  // Where nobody can be told what went wrong the exit code still says it.
  process.stderr.on('error', ignore);
  try {
    await program.parseAsync(words, { from: 'user' });
    if (wasInterrupted()) process.exitCode = Exit.interrupted;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) return;
    process.exitCode = failure.exit;
    process.stderr.write(failureText(program.name(), failure, json));
  }
}

interface Failure {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
}

function failureOf(error: unknown): Failure | null {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return null;
    // Without a command commander has printed the help already.
    const message =
      error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '');
    return { exit: Exit.usage, code: 'bad-request', message: message.replace(/\s*\n\s*/g, ' ') };
  }
  if (error instanceof QuipuError) {
    return {
      exit: error.code === 'bad-request' ? Exit.usage : Exit.failed,
      code: error.code,
      message: error.message,
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exit: Exit.failed, code: 'internal', message: `internal error: ${text}` };
}

function failureText(tool: string, { code, message }: Failure, json: boolean): string {
  if (json) return `${JSON.stringify({ error: { code, message } })}\n`;
  return printable(message)
    .split('\n')
    .map((line) => `${tool}: ${line}\n`)
    .join('');
}

function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

/** Whoever reads our output has seen enough (`quipu tap … | head`), or there is no room for it. */
function endWithoutOutput(error: NodeJS.ErrnoException, tool: string, json: boolean): void {
  if (error.code === 'EPIPE') process.exit(Exit.done);
  const message = `cannot write the output: ${fileFault(error)}`;
  process.stderr.write(failureText(tool, { exit: Exit.failed, code: 'internal', message }, json));
  process.exit(Exit.failed);
}

function ignore(): void {}
