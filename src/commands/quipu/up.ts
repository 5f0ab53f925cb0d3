import { spawn } from 'node:child_process';
import { type Command, InvalidArgumentError } from 'commander';
import { type ErrorCode, QuipuError } from '../../contract/error.js';
import { type CommonOptions, collect, optionsOf, withCommonOptions, withExample } from '../shared/options.js';
import { warningLine } from '../shared/warning.js';

export interface UpOptions extends CommonOptions {
  readonly foreground?: boolean;
  readonly link?: string[];
  readonly bare?: boolean;
  readonly exclusive?: boolean;
  readonly promiscuous?: boolean;
  readonly io?: string;
  readonly graph?: string;
  readonly expression?: string;
  readonly engines?: number | 'auto';
  readonly frames?: number;
  readonly frameSize?: number;
  readonly quiet?: boolean;
}

/** What a daemon in the background tells once it is up. */
interface UpReport {
  readonly pid: number;
  readonly socket: string;
  readonly warnings: readonly string[];
}

/** How long a daemon in the background may take to say that it is up, in milliseconds. */
const START_LIMIT = 15_000;

export function register(program: Command): void {
  const command = program
    .command('up')
    .description('start the daemon, in the background unless told otherwise')
    .option('--foreground', 'stay in front: print the log, end with Ctrl-C')
    .option('--link <device>', 'hook a network interface and tie figure C.1 on it; may be repeated', collect)
    .option('--bare', 'with --link: only hook it, tie nothing')
    .option('--exclusive', 'with --link: withhold its frames from the kernel (Linux 6.6 or later)')
    .option('--promiscuous', 'with --link: take frames addressed to other hosts too')
    .option('--io <way>', 'with --link: how frames come in: auto, ring, recvmmsg, or xdp, which is exclusive')
    .option('--graph <file>', 'apply a graph file (YAML, JSON or chain text) after the start')
    .option('-e, --expression <text>', 'apply a graph given here, such as eth0 -> tee -> counter')
    .option('--engines <n>', 'engines, each in a thread of its own; auto: one for each core', engines, 1)
    .option('--frames <n>', 'frames in the pool of each engine', number(64, 1_000_000), 4096)
    .option(
      '--frame-size <bytes>',
      'bytes of a slot of the pool, 128 of them headroom',
      number(256, 65_536),
      2048,
    )
    .option('--quiet', 'say nothing');
  withExample(
    withCommonOptions(command),
    'quipu up --link eth0                   # then: quipu status, fbctl list, quipu down',
    'quipu up --foreground --graph graph.yaml',
    "quipu up -e 'eth0 -> tee -> counter -> discard'",
  );
  command.action(async () => {
    const options = optionsOf<UpOptions>(command);
    if (!options.foreground) return runBehind(options);
    // Only now: the parent of a daemon in the background needs nothing of all that.
    const { runInFront } = await import('./up-foreground.js');
    await runInFront(options);
  });
}

/** Starts itself anew, detached, and waits until that is up. */
async function runBehind(options: UpOptions): Promise<void> {
  const words = [...process.argv.slice(2), '--foreground', '--quiet', '--json'];
  const child = spawn(process.execPath, [process.argv[1], ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const up = await new Promise<UpReport | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), START_LIMIT);
    child.on('message', (message) => {
      clearTimeout(timer);
      resolve(message as UpReport);
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(null);
    });
  });
  if (up === null) {
    child.kill();
    throw complaintOf(complaint);
  }
  child.stderr?.destroy();
  child.unref();
  if (options.quiet) return;
  const { pid, socket, warnings } = up;
  for (const sentence of warnings) process.stderr.write(warningLine(sentence));
  const text = options.json ? JSON.stringify({ pid, socket }) : `quipu is up: pid ${pid}, socket ${socket}`;
  process.stdout.write(`${text}\n`);
}

/** The error that the child has printed as JSON. */
function complaintOf(text: string): QuipuError {
  try {
    const { error } = JSON.parse(text) as { error: { code: ErrorCode; message: string } };
    return new QuipuError(error.code, error.message);
  } catch {
    return new QuipuError('internal', `the daemon did not come up${text === '' ? '' : `: ${text.trim()}`}`);
  }
}

function engines(text: string): number | 'auto' {
  return text === 'auto' ? text : number(1, 16)(text);
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
