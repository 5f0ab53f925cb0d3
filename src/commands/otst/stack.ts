import { type Command, InvalidArgumentError, Option } from 'commander';
import { QuipuError } from '../../contract/error.js';
import type { BlockRow } from '../../control/views.js';
import { findSymbol } from '../../linux/tracing/kallsyms.js';
import { readKallsyms } from '../../linux/tracing/knowledge.js';
import { type Way, ways } from '../../linux/tracing/way.js';
import { filterText } from '../quipu/trace.js';
import { interruption } from '../shared/interrupt.js';
import { clientOf, count, optionsOf, seconds, withExample } from '../shared/options.js';
import { warningLine } from '../shared/warning.js';
import { blockStacks } from './block-stacks.js';
import { kernelStacks } from './kernel-stacks.js';
import { type KernelOptions, withKernelOptions } from './options.js';

export interface StackOptions extends KernelOptions {
  readonly number?: number;
  readonly timeout?: number;
  readonly arm?: boolean;
  readonly way?: Way;
  readonly kernel?: boolean;
  readonly block?: boolean;
  readonly filter?: string;
}

/** As many frames as the daemon follows for one client. */
const MOST = 1000;

/** The command that `otst NAME` is short for. */
export function registerStack(program: Command): void {
  const command = program
    .command('stack <names...>', { isDefault: true })
    .description(
      'print the stack when a kernel symbol is called or a frame enters a block the next time; NAME is a block of the running daemon if it has one of this name, else a kernel symbol, or SYSTEM:EVENT for a tracepoint',
    )
    .option('-n, --number <n>', 'how many stacks of each (default: 1)', times)
    .option('--timeout <seconds>', 'fail when not all have come by then', seconds)
    .option('--arm', 'leave it armed in the kernel and return; "otst show" prints what it has caught')
    .addOption(new Option('--way <way>', 'only by this way, not by the first that works').choices([...ways]))
    .option('--filter <tuples>', 'blocks: only frames that this BPF program accepts; @FILE reads it')
    .addOption(new Option('--kernel', 'the names are kernel symbols').conflicts(['block', 'filter']))
    .addOption(new Option('--block', 'the names are blocks').conflicts(['arm', 'way']));
  withExample(
    withKernelOptions(command),
    'otst stack netif_rx',
    'otst net:netif_rx --timeout 10',
    'otst --arm kfree_skb && sleep 5 && otst show kfree_skb',
    'otst fb3 --filter @arp.bpf',
  );
  command.action((names: string[]) => showStacks([...new Set(names)], optionsOf<StackOptions>(command)));
}

function times(text: string): number {
  const value = count(text);
  if (value <= MOST) return value;
  throw new InvalidArgumentError(`Use a whole number from 1 to ${MOST}.`);
}

/** Blocks and symbols at once, each as it comes. The first that fails ends all. */
async function showStacks(names: readonly string[], options: StackOptions): Promise<void> {
  const known = await blockNames(options);
  const blocks = names.filter((name) => options.block || known.has(name));
  const symbols = names.filter((name) => !blocks.includes(name));
  checkOptions(blocks, symbols, options);
  if (!options.block && !options.json) warnOfSymbols(blocks);
  const over = new AbortController();
  interruption().addEventListener('abort', () => over.abort(), { once: true });
  const { number: wanted = 1, timeout, filter } = options;
  const wish = { wanted, timeout, filter: filterText(filter), json: options.json === true };
  const work = [
    ...(symbols.length > 0 ? [kernelStacks(symbols, options, over.signal)] : []),
    ...blocks.map((block) => blockStacks(clientOf(options), block, wish, over.signal)),
  ];
  const ends = await Promise.allSettled(
    work.map((one) =>
      one.catch((error: unknown) => {
        over.abort();
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** The blocks of the daemon; none when none runs, unless blocks are what was asked for. */
async function blockNames(options: StackOptions): Promise<ReadonlySet<string>> {
  if (options.kernel) return new Set();
  try {
    const rows = await clientOf(options).request<BlockRow[]>({ op: 'list' });
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (!(error instanceof QuipuError) || options.block || options.filter !== undefined) throw error;
    return new Set();
  }
}

function checkOptions(
  blocks: readonly string[],
  symbols: readonly string[],
  { arm, way, filter, timeout, number }: StackOptions,
): void {
  const [block] = blocks;
  const [symbol] = symbols;
  if (block !== undefined && (arm || way !== undefined))
    throw new QuipuError(
      'bad-request',
      `${block} is a block of the running daemon: --${arm ? 'arm' : 'way'} is for kernel symbols; --kernel says that it is one`,
    );
  if (symbol !== undefined && filter !== undefined)
    throw new QuipuError(
      'bad-request',
      `${symbol} is no block of the running daemon: --filter is for the frames that pass a block; "fbctl list" names the blocks`,
    );
  if (arm && (timeout !== undefined || number !== undefined))
    throw new QuipuError(
      'bad-request',
      '--arm returns at once and catches one stack: leave --timeout and --number away',
    );
}

/** A name may be both. */
function warnOfSymbols(blocks: readonly string[]): void {
  if (blocks.length === 0) return;
  const kallsyms = readKallsyms();
  for (const block of blocks) {
    if (findSymbol(kallsyms, block)?.isFunction)
      process.stderr.write(
        warningLine(
          `${block} is a block and a kernel function: this is the block; --kernel takes the function`,
        ),
      );
  }
}
