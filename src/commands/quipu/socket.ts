import type { Command } from 'commander';
import { paths } from '../../control/protocol.js';
import { interruption, pause } from '../shared/interrupt.js';
import {
  type CommonOptions,
  clientOf,
  count,
  optionsOf,
  seconds,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { chunksOf } from '../shared/stream.js';
import { printFrames, toStdout } from './capture-target.js';
import { sendCapture } from './send-capture.js';
import { copyFrames } from './tap.js';
import { filterText } from './trace.js';

interface SocketOptions extends CommonOptions {
  readonly on?: string;
  readonly filter?: string;
  readonly queue?: number;
  readonly wait?: number;
  readonly receive?: boolean;
}

const DEFAULT_WAIT = 1;

export function register(program: Command): void {
  const command = program
    .command('socket <name>')
    .description(
      'be an end point: send the frames of a capture on stdin, write received ones to stdout (pcapng)',
    )
    .option('--on <block>', 'sit on this block')
    .option('--filter <tuples>', 'receive only what this BPF program accepts; @FILE reads it from a file')
    .option('--queue <n>', 'frames that may wait for this process (default: 4096)', count)
    .option(
      '--wait <seconds>',
      `how long to receive after the end of stdin (default: ${DEFAULT_WAIT})`,
      seconds,
    )
    .option('--receive', 'do not read stdin: receive until Ctrl-C, as when stdin is a terminal');
  withExample(
    withCommonOptions(command),
    'quipu socket app --on fb2 <request.pcap >answers.pcapng',
    'quipu socket app --on fb2 --receive | tcpdump -nr -',
  );
  command.action((name: string) => exchange(name, optionsOf<SocketOptions>(command)));
}

async function exchange(name: string, options: SocketOptions): Promise<void> {
  const { on, queue, wait = DEFAULT_WAIT } = options;
  const filter = filterText(options.filter);
  const { up, down } = await clientOf(options).duplex(paths.socket, { name, on, filter, queue });
  up.on('error', () => {}); // the other direction tells of it too
  const over = new AbortController();
  interruption().addEventListener('abort', () => over.abort(), { once: true });
  const target = process.stdout.isTTY ? printFrames(options.json === true) : toStdout();
  const receive = async () => {
    try {
      return await copyFrames(chunksOf(down, over.signal), target, Number.POSITIVE_INFINITY);
    } finally {
      over.abort();
    }
  };
  const send = async () => {
    if (options.receive || process.stdin.isTTY) return 0;
    try {
      const sent = await sendCapture(process.stdin, up, over.signal);
      await pause(wait * 1000, over.signal);
      return sent;
    } finally {
      over.abort();
    }
  };
  try {
    const [received, sent] = await Promise.all([receive(), send()]);
    process.stderr.write(`${sent} frames sent, ${received} received\n`);
  } finally {
    up.destroy();
  }
}
