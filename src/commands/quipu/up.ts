import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { QuipuError } from '../../contract/error.js';
import type { ActionInput } from '../../control/actions.js';
import { requestSchema } from '../../control/service.js';
import { socketPath } from '../../control/socket-path.js';
import type { Daemon } from '../../daemon/daemon.js';
import { figureC1 } from '../shared/figure-c1.js';

interface UpOptions {
  readonly foreground?: boolean;
  readonly link?: string[];
  readonly bare?: boolean;
  readonly exclusive?: boolean;
  readonly promiscuous?: boolean;
  readonly graph?: string;
  readonly frames?: number;
  readonly frameSize?: number;
  readonly quiet?: boolean;
  readonly socket?: string;
}

/** How long a daemon in the background may take to say that it is up, in milliseconds. */
const START_LIMIT = 15_000;

export function register(program: Command): void {
  program
    .command('up')
    .description('start the daemon, in the background unless told otherwise')
    .option('--foreground', 'stay in front: print the log, end with Ctrl-C')
    .option('--link <device>', 'hook a network interface and tie figure C.1 on it; may be repeated', collect)
    .option('--bare', 'with --link: only hook it, tie nothing')
    .option('--exclusive', 'with --link: withhold its frames from the kernel (Linux 6.6 or later)')
    .option('--promiscuous', 'with --link: take frames addressed to other hosts too')
    .option('--graph <file>', 'apply a graph file (YAML or JSON) after the start')
    .option('--frames <n>', 'frames in the pool', number(64, 1_000_000), 4096)
    .option('--frame-size <bytes>', 'bytes of a slot of the pool, 128 of them headroom', number(256, 65_536), 2048)
    .option('--quiet', 'with --foreground: do not print the log')
    .option('--socket <path>', 'control socket; default QUIPU_SOCKET or /run/quipu.sock')
    .addHelpText('after', '\nExample:\n  quipu up --link eth0      then: quipu status, fbctl list, quipu down')
    .action(async (options: UpOptions) => {
      if (options.foreground) await runInFront(options);
      else await runBehind(options);
    });
}

async function runInFront(options: UpOptions): Promise<void> {
  const socket = socketPath(options.socket, process.env, process.getuid?.() === 0);
  const say = (line: string) => {
    if (!options.quiet) process.stdout.write(`${line}\n`);
  };
  // Only now: --help must work where the FFI's binary is missing.
  const { Daemon } = await import('../../daemon/daemon.js');
  const daemon = await Daemon.start({
    socket,
    pool: { size: options.frames ?? 4096, slotSize: options.frameSize ?? 2048 },
    onLog: say,
  });
  let interrupted = false;
  const stop = () => {
    interrupted = true;
    void daemon.down();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await prepare(daemon, options);
  } catch (error) {
    await daemon.down();
    throw error;
  }
  process.send?.({ type: 'up', pid: process.pid, socket });
  if (process.connected) process.disconnect();
  const status = await daemon.end;
  if (status === null) throw new QuipuError('internal', 'the engine thread died; the log says why');
  const { totals, pool } = status;
  say(`frames in ${totals.in}, created ${totals.created}, out ${totals.out}, consumed ${totals.consumed}, dropped ${totals.dropped}; pool ${pool.free} of ${pool.size} free`);
  process.exitCode = interrupted ? 130 : 0;
}

/** Hooks, ties and applies what the command line asked for. */
async function prepare(daemon: Daemon, options: UpOptions): Promise<void> {
  const actions: ActionInput[] = [];
  const { exclusive = false, promiscuous = false } = options;
  for (const device of options.link ?? []) {
    actions.push({ do: 'add', name: device, type: 'ethernet', config: { link: device, exclusive, promiscuous } });
  }
  const [first] = options.link ?? [];
  if (first !== undefined && !options.bare && options.graph === undefined) actions.push(...figureC1(first));
  if (actions.length > 0) await daemon.request(requestSchema.parse({ op: 'transaction', actions }));
  if (options.graph === undefined) return;
  const { catalogue } = await import('../../blocks/catalogue.js');
  const { parseGraphFile } = await import('../../control/graph-file.js');
  const schemas = new Map(catalogue.map((type) => [type.kind, type.config]));
  const graph = parseGraphFile(readFileSync(options.graph, 'utf8'), options.graph, schemas);
  await daemon.request({ op: 'apply', graph, dryRun: false });
}

/** Starts itself anew, detached, and waits until that is up. */
async function runBehind(options: UpOptions): Promise<void> {
  const words = process.argv.slice(2);
  const child = spawn(process.execPath, [process.argv[1], ...words, '--foreground', '--quiet'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const up = await new Promise<{ pid: number; socket: string } | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), START_LIMIT);
    child.on('message', (message) => {
      clearTimeout(timer);
      resolve(message as { pid: number; socket: string });
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
  });
  if (up === null) {
    child.kill();
    const said = complaint.trim().replace(/^quipu: /, '');
    throw new QuipuError('internal', said === '' ? 'the daemon did not come up' : said);
  }
  child.stderr?.destroy();
  child.unref();
  if (!options.quiet) process.stdout.write(`quipu is up: pid ${up.pid}, socket ${up.socket}\n`);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`use a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
