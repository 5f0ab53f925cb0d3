import { type Command, InvalidArgumentError, Option } from 'commander';
import { disassemble } from '../../bpf/assembly/disassemble.js';
import { FORMATS, type Format } from '../../bpf/formats.js';
import { QuipuError } from '../../contract/error.js';
import { version } from '../../daemon/version.js';
import { collect, withExample } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { writeOut } from '../shared/stream.js';
import { instructionTable } from './instruction-table.js';
import { type Loaded, loadExpression, loadFile } from './load.js';
import { compiled } from './output.js';
import { runOver } from './run-capture.js';
import { runText } from './run-text.js';

interface Options {
  readonly input?: string;
  readonly cpp?: boolean;
  readonly define?: readonly string[];
  readonly format: Format;
  readonly bypass?: boolean;
  readonly verbose?: boolean;
  readonly dump?: boolean;
  readonly disassemble?: boolean;
  readonly expression?: string;
  readonly snaplen?: number;
  readonly run?: string;
  readonly json?: boolean;
  readonly v?: boolean;
}

/** The tool `bpfc`: assembles, disassembles and tries classic BPF programs. */
export function bpfc(): Command {
  const program = toolCommand('bpfc', 'Assemble classic BPF programs, and look at what they do.')
    .argument('[file]', 'the program: BPF language or numbers in any format; - for stdin')
    .option('-i, --input <file>', 'the same, as netsniff-ng has it')
    .option('-p, --cpp', 'pass the file through the C preprocessor first')
    .option('-D, --define <name=value>', 'define a macro for it; implies -p', collect)
    .addOption(
      new Option('-f, --format <format>', 'how to write the program').choices(FORMATS).default('netsniff-ng'),
    )
    .option('-b, --bypass', 'write it even if the kernel would refuse it')
    .option('-V, --verbose', 'show the program as instructions first')
    .option('-d, --dump', 'list all instructions and extensions')
    .option('--disassemble', 'write the program in the BPF language; nothing is validated')
    .option('-e, --expression <expression>', "take an expression of pcap-filter(7), as 'udp port 53'")
    .option('--snaplen <bytes>', 'keep no more than this of a frame that the expression accepts', bytes)
    .option('--run <capture>', 'count what the program accepts of a pcap or pcapng file; - for stdin')
    .addOption(new Option('-v', 'print the version').hideHelp());
  program.helpCommand(false);
  // Nothing here talks to a daemon.
  program.options.find(({ long }) => long === '--socket')?.hideHelp();
  withExample(
    program,
    'bpfc arp.bpf                            # { 0x28, 0, 0, 0x0000000c }, …',
    'bpfc -Vi arp.bpf                        # and as instructions',
    'iptables -A INPUT -m bpf --bytecode "$(bpfc -f xt_bpf web.bpf)" -j LOG',
    'bpfc -p -D PORT=53 dns.bpf              # with macros and includes',
    "bpfc -e 'udp port 53' --disassemble     # what an expression becomes",
    'tcpdump -ddd arp | bpfc --disassemble -',
    'bpfc arp.bpf --run traffic.pcap         # what it would accept',
    'fbctl add f bpf filter="$(bpfc arp.bpf)"',
  );
  program.action((file: string | undefined) => compile(file, program.opts<Options>()));
  return program;
}

async function compile(file: string | undefined, options: Options): Promise<void> {
  if (options.v) return writeOut(`bpfc ${version}\n`);
  if (options.dump) return writeOut(instructionTable());
  const loaded = await load(file, options);
  if (options.disassemble && options.run !== undefined) {
    throw new QuipuError('bad-request', 'give --disassemble or --run, not both');
  }
  if (options.disassemble) return writeOut(disassemble(loaded.program));
  const format = options.json ? 'json' : options.format;
  const isRun = options.run !== undefined;
  const { text, fault } = compiled(loaded, {
    format,
    // What runs must be valid.
    bypass: options.bypass === true && !isRun,
    verbose: options.verbose === true,
    result: !isRun,
  });
  await writeOut(text);
  if (fault !== null) throw fault;
  if (options.run === undefined) return;
  const counted = await runOver(loaded.program, options.run);
  await writeOut(options.json ? `${JSON.stringify(counted)}\n` : runText(counted));
}

async function load(file: string | undefined, options: Options): Promise<Loaded> {
  const sources = [file, options.input, options.expression].filter((source) => source !== undefined);
  if (sources.length === 0) {
    throw new QuipuError('bad-request', "give a file, - for stdin, or -e 'udp port 53'; --help tells more");
  }
  if (sources.length > 1) {
    throw new QuipuError('bad-request', `give one program, not ${sources.length} (${sources.join(', ')})`);
  }
  if (options.expression !== undefined) return loadExpression(options.expression, options.snaplen);
  if (options.snaplen !== undefined) {
    throw new QuipuError('bad-request', '--snaplen needs -e; a program says itself what it keeps, by ret');
  }
  if (sources[0] === '-' && options.run === '-') {
    throw new QuipuError(
      'bad-request',
      'program and capture cannot both come from stdin: name one as a file',
    );
  }
  const warn = (text: string) => void process.stderr.write(text);
  return loadFile(sources[0], { preprocess: options.cpp ?? false, defines: options.define ?? [], warn });
}

/** For commander: 1 to 2^32 - 1. */
function bytes(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && value >= 1 && value <= 0xffffffff) return value;
  throw new InvalidArgumentError('Use a number of bytes, 1 to 4294967295.');
}
