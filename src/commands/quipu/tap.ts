import type { Command } from 'commander';
import { QuipuError } from '../../contract/error.js';
import { paths } from '../../control/protocol.js';
import {
  type CommonOptions,
  clientOf,
  count,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { chunksOf } from '../shared/stream.js';
import { type CaptureTarget, openFile, printFrames, refuseTerminal, toStdout } from './capture-target.js';
import { PcapngBlocks } from './pcapng-blocks.js';

interface TapOptions extends CommonOptions {
  readonly write?: string;
  readonly drops?: boolean;
  readonly count?: number;
  readonly verbose?: boolean;
  readonly hex?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('tap <block[:port]>')
    .description(
      'watch the frames that enter a block or leave by a port; what is dropped there carries the reason',
    )
    .option(
      '-w, --write <file>',
      'write pcapng to a file, or to stdout (-); without it, a line for each frame',
    )
    .option('-v, --verbose', 'as text: every header, field by field, with what is wrong in it')
    .option('-x, --hex', 'as text: the bytes, too')
    .option('--drops', 'only frames that are dropped')
    .option('-c, --count <n>', 'end after n frames', count);
  withExample(
    withCommonOptions(command),
    'quipu tap fb3',
    'quipu tap fb3 -vx -c 1',
    'quipu tap fb3:ingress -w ipv4.pcapng -c 100',
    'quipu tap eth0 -w - | tcpdump -nr -',
  );
  command.action(async (target: string) => {
    const options = optionsOf<TapOptions>(command);
    refuseDetail(options);
    if (options.write === '-')
      refuseTerminal('-w FILE, or pipe it, as in: quipu tap BLOCK -w - | tcpdump -nr -');
    const client = clientOf(options);
    const stream = await client.stream(paths.tap, { target, drops: options.drops ? 1 : undefined });
    const file = openTarget(options, () => stream.destroy());
    const frames = await copyFrames(chunksOf(stream), file, options.count ?? Number.POSITIVE_INFINITY);
    process.stderr.write(
      `${frames} frame${frames === 1 ? '' : 's'}${file.name === '' ? '' : ` written to ${file.name}`}\n`,
    );
  });
}

/** Details are for text. */
function refuseDetail({ write, json, verbose, hex }: TapOptions): void {
  if (!verbose && !hex) return;
  const other = write !== undefined ? '-w' : json ? '--json' : '';
  if (other !== '') throw new QuipuError('bad-request', `-v and -x are for text: use them without ${other}`);
}

function openTarget({ write, json, verbose, hex }: TapOptions, giveUp: () => void): CaptureTarget {
  if (write === undefined) return printFrames(json === true, { layers: verbose === true, hex: hex === true });
  if (write === '-') return toStdout();
  try {
    return openFile(write);
  } catch (error) {
    giveUp();
    throw error;
  }
}

/** Copies whole blocks until the stream ends or `most` frames are written. Answers how many there were. */
export async function copyFrames(
  chunks: AsyncIterable<Buffer | string>,
  target: CaptureTarget,
  most: number,
): Promise<number> {
  const blocks = new PcapngBlocks();
  let frames = 0;
  try {
    for await (const chunk of chunks) {
      for (const block of cut(blocks, chunk as Buffer)) {
        await target.write(block.bytes);
        if (block.isPacket && ++frames >= most) return frames;
      }
    }
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    throw new QuipuError(error.code, `${error.message} (after ${frames} frames)`);
  } finally {
    target.close();
  }
  return frames;
}

function cut(blocks: PcapngBlocks, chunk: Buffer) {
  try {
    return blocks.push(chunk);
  } catch (error) {
    throw new QuipuError('internal', `the daemon sent what is no capture: ${(error as Error).message}`);
  }
}
