import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TransmitWay } from '../../generator/generator.js';
import {
  PaceError,
  parseCpus,
  parseGap,
  parseRate,
  parseWhole,
  type WrittenPace,
} from '../../traffic/rates.js';
import { type CommonOptions, collect } from '../shared/options.js';

/** What is given on the command line, each value checked by itself. */
export interface SendOptions extends CommonOptions {
  readonly in?: string;
  readonly conf?: string;
  readonly out?: string;
  readonly dev?: string;
  readonly hex?: boolean;
  readonly cpp?: boolean;
  readonly define: readonly string[];
  readonly num?: number;
  readonly rand?: boolean;
  readonly seed?: number;
  readonly rate?: WrittenPace;
  readonly gap?: WrittenPace | { readonly kind: 'recorded' };
  readonly cpus?: number;
  readonly cpu?: readonly number[];
  readonly io: TransmitWay;
  readonly ringSize?: number;
  readonly qdiscPath?: boolean;
  readonly smokeTest?: string;
  readonly notouchIrq?: boolean;
  readonly prioHigh?: boolean;
  readonly user?: string;
  readonly group?: string;
  readonly verbose?: boolean;
  readonly example?: boolean;
  readonly jumboSupport?: boolean;
  readonly rfraw?: boolean;
  readonly kernelPull?: string;
  /** False when `-A` is given. */
  readonly sockMem?: boolean;
  /** False when `-C` is given. */
  readonly cpuStats?: boolean;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** Adds the options of sending: netsniff-ng's names, and a few of our own. */
export function withSendOptions(command: Command): Command {
  return command
    .option('-i, --in <file>', 'packets: a file of the packet language, a pcap or pcapng, or - for stdin')
    .option('-c, --conf <file>', 'the same as --in')
    .option('-o, --out <target>', 'a device, a file (.pcap, .pcapng, .cfg, .hex), or - for hex on stdout')
    .option('-d, --dev <device>', 'the same as --out')
    .option('--hex', 'print the packets in hex, as --out - does')
    .option('-p, --cpp', 'put the packets through the C preprocessor')
    .option('-D, --define <name=value>', 'a macro for the preprocessor; asks for it, too', collect, [])
    .option(
      '-n, --num <count>',
      'packets to send; 0: until stopped (default)',
      whole('a number of packets', 0, MOST),
    )
    .option('-r, --rand', 'draw the next packet by chance instead of in order')
    .option('-E, --seed <number>', 'the same seed gives the same packets', whole('a seed', 0, 0xffff_ffff))
    .option(
      '-b, --rate <rate>',
      'how fast: 20kpps, 1.5Mbit, 10MB (pps, kpps, Mpps; B, kB, KiB, bit, kbit …)',
      paced(parseRate),
    )
    .option('-t, --gap <time>', 'from packet to packet: 50us, 1.5ms, 800ns, 2s; or "recorded"', gap)
    .option(
      '-P, --cpus <count>',
      'workers, each pinned to a CPU (default: one, not pinned)',
      whole('a number of workers', 1, 8192),
    )
    .option(
      '--cpu <list>',
      'one pinned worker for each of these CPUs: 0,2-3',
      paced((text) => parseCpus(text)),
    )
    .addOption(
      new Option('--io <way>', 'how frames go out').choices(['auto', 'xdp', 'packet']).default('auto'),
    )
    .option('-S, --ring-size <size>', 'memory for frames that wait at the device: 512KiB, 4MiB', ringSize)
    .option('-q, --qdisc-path', "through the device's queueing discipline, not past it")
    .option('-s, --smoke-test <address>', 'ping this host after each packet; stop when it no longer answers')
    .option('-Q, --notouch-irq', "leave the device's interrupts where they are")
    .option('-H, --prio-high', 'give this process a high priority')
    .option('-u, --user <id>', 'become this user when the sockets are open')
    .option('-g, --group <id>', 'become this group when the sockets are open')
    .option('-V, --verbose', 'say more')
    .option('-e, --example', 'print packets to begin with')
    .option('-J, --jumbo-support', 'not needed: frames may be as long as the device takes')
    .option('-A, --no-sock-mem', 'not needed: no setting of the system is touched')
    .option('-C, --no-cpu-stats', 'not needed: no CPU times are printed')
    .option('-k, --kernel-pull <time>', 'not needed: the kernel is given frames at once')
    .option('-R, --rfraw', 'refused: set the device to monitor mode yourself');
}

/** Makes commander tell what is wrong with a value. */
function paced<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof PaceError) throw new InvalidArgumentError(`${error.message}.`);
      throw error;
    }
  };
}

function whole(what: string, least: number, most: number): (text: string) => number {
  return paced((text) => parseWhole(text, what, least, most));
}

function gap(text: string): WrittenPace | { readonly kind: 'recorded' } {
  return text === 'recorded' ? { kind: 'recorded' } : paced(parseGap)(text);
}

const sizes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** In bytes. */
function ringSize(text: string): number {
  const match = /^([0-9]{1,12})\s*([A-Za-z]+)$/.exec(text.trim());
  const bytes = Number(match?.[1]) * (sizes[match?.[2] ?? ''] ?? Number.NaN);
  if (bytes >= 4096 && bytes <= 2 ** 30) return bytes;
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is no size from 4KiB to 1GiB: write a number and one of ${Object.keys(sizes).join(' ')}.`,
  );
}
