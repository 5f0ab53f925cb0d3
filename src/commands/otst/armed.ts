import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { caught, firesLeft } from '../../linux/tracing/arm.js';
import type { TraceDirectory } from '../../linux/tracing/directory.js';
import { armedIn, isAlive } from '../../linux/tracing/instances.js';
import { sweepEvents } from '../../linux/tracing/kprobe.js';
import type { Armed } from '../../linux/tracing/way.js';
import { optionsOf, withExample } from '../shared/options.js';
import { styleFor } from '../shared/style.js';
import { table } from '../shared/table.js';
import { disarmAll } from './disarm.js';
import { stackJson, stackText } from './kernel-text.js';
import { type KernelOptions, withKernelOptions, withTracefs } from './options.js';

/** One row of `otst list`. */
export interface ArmedRow {
  readonly symbol: string;
  readonly way: string;
  /** Stacks that it has caught and that `otst show` prints. */
  readonly caught: number;
  /** How often it will still fire; null when it was left half armed. */
  readonly left: number | null;
  /** The process that waits for it; null for one that was armed to stay, or whose process has ended. */
  readonly pid: number | null;
  /** Its process was killed: nobody waits for it. */
  readonly orphan: boolean;
}

/** Commands about what is armed in the kernel. */
export function registerArmed(program: Command): void {
  const list = program
    .command('list')
    .description('list what is armed in the kernel: symbol, way, whether it has fired, who waits for it');
  withExample(withKernelOptions(list), 'otst list');
  list.action(() => {
    const options = optionsOf<KernelOptions>(list);
    const rows = withTracefs(options, ({ directory }) =>
      armedIn(directory).map((armed) => rowOf(directory, armed)),
    );
    process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : armedListText(rows));
  });

  const show = program
    .command('show <symbol>')
    .description('print what a symbol that was armed with --arm has caught');
  withExample(withKernelOptions(show), 'otst show netif_rx');
  show.action((symbol: string) => showCaught(symbol, optionsOf<KernelOptions>(show)));

  const rm = program
    .command('rm [symbols...]')
    .description('disarm symbols, and forget what they have caught')
    .option('--all', 'all that no otst is waiting for: also what killed ones left');
  withExample(withKernelOptions(rm), 'otst rm netif_rx', 'otst rm --all');
  rm.action((symbols: string[]) => disarm(symbols, optionsOf<RemoveOptions>(rm)));
}

interface RemoveOptions extends KernelOptions {
  readonly all?: boolean;
}

function rowOf(directory: TraceDirectory, armed: Armed): ArmedRow {
  const { name, way, owner } = armed;
  const isWaited = isAlive(owner);
  return {
    symbol: name,
    way,
    caught: caught(directory, armed).length,
    left: firesLeft(directory, armed),
    pid: isWaited ? Number.parseInt(owner, 10) : null,
    orphan: owner !== '' && !isWaited,
  };
}

export function armedListText(rows: readonly ArmedRow[]): string {
  if (rows.length === 0) return 'nothing is armed\n';
  return table([
    ['SYMBOL', 'WAY', 'STATE', 'FOR'],
    ...rows.map((row) => [row.symbol, row.way, stateText(row), ownerText(row)]),
  ]);
}

function stateText({ caught, left }: ArmedRow): string {
  if (left === null) return 'half armed';
  if (left > 0) return caught > 0 ? `armed, fired ${caught} times` : 'armed';
  return 'fired';
}

function ownerText({ pid, orphan }: ArmedRow): string {
  if (pid !== null) return `otst, pid ${pid}`;
  return orphan ? 'nobody: its otst was killed; "otst rm --all" removes it' : '"otst show"';
}

/** `netif_rx` finds the tracepoint `net:netif_rx` too, and `net/netif_rx` does. */
function isNamed({ name, way }: Armed, word: string): boolean {
  return (
    name === word || (way === 'tracepoint' && (name.endsWith(`:${word}`) || name === word.replace('/', ':')))
  );
}

function namedIn(directory: TraceDirectory, word: string): Armed[] {
  const all = armedIn(directory);
  const found = all.filter((armed) => isNamed(armed, word));
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ name }) => name))].join(', ');
  throw new QuipuError(
    'unknown-name',
    `${word} is not armed${names === '' ? ', nothing is' : `; armed are ${names}`}`,
  );
}

function showCaught(symbol: string, options: KernelOptions): void {
  const style = styleFor(process.stdout, process.env);
  const texts = withTracefs(options, ({ directory }) =>
    namedIn(directory, symbol).flatMap((armed) =>
      caught(directory, armed).map((stack) =>
        options.json ? `${stackJson(symbol, armed, stack)}\n` : stackText(symbol, armed, stack, style),
      ),
    ),
  );
  if (texts.length === 0)
    throw new QuipuError('limit', `${symbol} is armed and has not fired yet; "otst list" tells when it has`);
  process.stdout.write(texts.join(options.json ? '' : '\n'));
}

function disarm(symbols: readonly string[], options: RemoveOptions): void {
  const all = options.all === true;
  if (all === symbols.length > 0)
    throw new QuipuError('bad-request', 'name the symbols to disarm, or give --all: one of the two');
  const removed = withTracefs(options, ({ directory }) => {
    const wanted = all
      ? armedIn(directory).filter(({ owner }) => !isAlive(owner))
      : symbols.flatMap((symbol) => namedIn(directory, symbol).filter(notWaited));
    disarmAll(directory, wanted);
    if (all) sweepEvents(directory, armedIn(directory));
    return wanted;
  });
  const names = removed.map(({ name }) => name);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ removed: names })}\n`
      : names.length === 0
        ? 'nothing was armed\n'
        : names.map((name) => `otst: symbol ${name} unregistered\n`).join(''),
  );
}

/** Throws for one that an otst waits for: it takes it away itself as it ends. */
function notWaited({ name, owner }: Armed): boolean {
  if (!isAlive(owner)) return true;
  throw new QuipuError(
    'in-use',
    `${name}: otst with pid ${Number.parseInt(owner, 10)} is waiting for it; end that one (Ctrl-C), and it is disarmed`,
  );
}
