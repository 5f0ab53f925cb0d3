import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { paths } from '../../control/protocol.js';
import type { TracedFrame } from '../../engine/trace.js';
import { readInput } from '../shared/input.js';
import { wasInterrupted } from '../shared/interrupt.js';
import {
  type CommonOptions,
  clientOf,
  count,
  optionsOf,
  seconds,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { linesOf, writeOut } from '../shared/stream.js';
import { styleFor } from '../shared/style.js';
import { traceText } from './trace-text.js';

interface TraceOptions extends CommonOptions {
  readonly number?: number;
  readonly filter?: string;
  readonly timeout?: number;
}

export function register(program: Command): void {
  const command = program
    .command('trace')
    .description(
      'follow the next frames through the graph: blocks entered, bytes changed, where they left or why not',
    )
    .option('-n, --number <n>', 'how many frames (default: 1)', count)
    .option('--filter <tuples>', 'only frames that this BPF program accepts; @FILE reads it from a file')
    .option('--timeout <seconds>', 'fail when not all have come by then', seconds);
  withExample(
    withCommonOptions(command),
    'quipu trace -n 1 --timeout 10',
    'quipu trace -n 5 --filter @arp.bpf',
  );
  command.action(async () => {
    const options = optionsOf<TraceOptions>(command);
    const { number: wanted = 1, timeout } = options;
    const clock = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
    const stream = await clientOf(options).stream(paths.trace, {
      count: wanted,
      filter: filterText(options.filter),
    });
    const style = styleFor(process.stdout, process.env);
    let came = 0;
    for await (const line of linesOf(stream, clock)) {
      const text = options.json ? `${line}\n` : traceText(JSON.parse(line) as TracedFrame, style);
      await writeOut(came++ > 0 && !options.json ? `\n${text}` : text);
    }
    if (came >= wanted || wasInterrupted()) return;
    const why = clock?.aborted ? `within ${timeout} s` : 'before the daemon ended';
    throw new QuipuError('limit', `${came} of ${wanted} frames came ${why}`);
  });
}

/** Tuples, or the text of the file behind `@`. */
export function filterText(option: string | undefined): string | undefined {
  return option?.startsWith('@') ? readInput(option.slice(1)) : option;
}
