import type { Command } from 'commander';
import { paths } from '../../control/protocol.js';
import {
  type CommonOptions,
  clientOf,
  count,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { chunksOf, writeOut } from '../shared/stream.js';

interface LogOptions extends CommonOptions {
  readonly lines?: number;
  readonly follow?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('log')
    .description('print the log of bindings, filters and events')
    .option('-n, --lines <n>', 'the last n lines (default: 50)', count)
    .option('--follow', 'go on with what comes, until Ctrl-C');
  withExample(withCommonOptions(command), 'quipu log -n 20 --follow');
  command.action(async () => {
    const options = optionsOf<LogOptions>(command);
    const query = { last: options.lines ?? 50, follow: options.follow ? 1 : undefined };
    const stream = await clientOf(options).stream(paths.log, query);
    stream.setEncoding('utf8');
    let rest = '';
    for await (const chunk of chunksOf(stream)) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      const text = lines.map((line) => `${options.json ? JSON.stringify({ line }) : line}\n`).join('');
      await writeOut(text);
    }
  });
}
