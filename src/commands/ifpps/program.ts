import { release } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { interruption } from '../shared/interrupt.js';
import { clientOf, count, optionsOf, withExample } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { KernelSource } from './kernel-source.js';
import { type Printer, printReadings } from './print.js';
import { blockPrinter, csvPrinter, jsonPrinter } from './printers.js';
import { PromiscuousDevices } from './promiscuous.js';
import type { SampleSource } from './sample.js';
import { ScreenSession } from './screen-session.js';
import { type Options, type Settings, settingsOf } from './settings.js';
import { Studio } from './studio.js';
import { SORTS } from './view.js';
import { Watch } from './watch.js';

/** The tool `ifpps`: what the kernel counts of its interfaces and CPUs (seed 004 D.2). */
export function ifpps(): Command {
  const program = toolCommand(
    'ifpps',
    'Watch what the kernel counts of network interfaces and CPUs, like top. Without interfaces: a table of all.',
  )
    .helpCommand(false)
    .argument('[interfaces...]', 'one at large, or a table of several')
    .option('-d, --dev <interface>', 'the same as an operand')
    .option('-t, --interval <ms>', 'time between two samples, in milliseconds', milliseconds, 1000)
    .option('-n, --num-cpus <n>', 'show the n busiest CPUs (default: as many as fit)', count)
    .option('-p, --promisc', 'make the interfaces promiscuous as long as ifpps runs')
    .option('-m, --median', 'show the median over all CPUs too')
    .option('-P, --percentage', 'show the rates in percent of the line rate')
    .option('-W, --no-warn', 'no warnings on the screen')
    .addOption(new Option('--sort <key>', 'order of the table').choices(SORTS))
    .option('-c, --csv', 'print columns for gnuplot, once: those of netsniff-ng')
    .option('-l, --loop', 'with -c: again and again')
    .option('-o, --omit-header', 'with -c: no heading')
    .option('-b, --batch', 'print the screen as blocks of text; so too where there is no terminal')
    .option('--samples <n>', 'end after n samples (with -b, -c, --json)', count)
    .option('--quipu', "show the links and engines of Quipu's daemon instead of the kernel's interfaces");
  withExample(
    program,
    'ifpps                          all interfaces',
    'ifpps eth0                     one at large; "ifpps -dev eth0 -promisc" as in the thesis',
    'ifpps -t 200 -n 5 eth0         five times a second, the five busiest CPUs',
    'ifpps -lpcd wlan0 > plot.dat   columns for gnuplot, promiscuous',
    'ifpps --json --samples 10      ten lines of JSON, a second apart',
    'ifpps --quipu                  links and engines of the daemon',
  );
  program.action(async () => {
    const { stdout, env } = process;
    const options = optionsOf<Options>(program);
    await watchWith(settingsOf(options, program.args, stdout.isTTY === true && canDraw(env.TERM)));
  });
  return program;
}

function canDraw(terminal: string | undefined): boolean {
  return terminal !== undefined && terminal !== '' && terminal !== 'dumb';
}

async function watchWith(settings: Settings): Promise<void> {
  interruption(); // from now on Ctrl-C ends it in order
  const { options, named, form } = settings;
  const source = await sourceOf(options);
  const promiscuous = new PromiscuousDevices();
  const studio = new Studio(settings, promiscuous, options.quipu ? 'quipu' : `Linux ${release()}`);
  const watch = new Watch(source, named, options.quipu ? 'link' : 'interface');
  try {
    const first = await watch.next();
    if (options.promisc) for (const name of named) await promiscuous.hold(name);
    if (form === 'screen') {
      await new ScreenSession(watch, studio, promiscuous, Boolean(process.env.NO_COLOR)).run();
    } else {
      await printReadings(watch, first, printerOf(settings, studio), settings, (reading) =>
        promiscuous.follow(reading),
      );
    }
  } finally {
    promiscuous.releaseAll();
    source.close();
  }
}

async function sourceOf(options: Options): Promise<SampleSource> {
  if (!options.quipu) return new KernelSource();
  const { QuipuSource } = await import('./quipu-source.js');
  return new QuipuSource(clientOf(options));
}

/** Columns of a block where no terminal says how many there are. */
const BLOCK_WIDTH = 80;

function printerOf({ form, named, intervalMs, options }: Settings, studio: Studio): Printer {
  if (form === 'csv') return csvPrinter(named[0], intervalMs, !options.omitHeader);
  if (form === 'json') return jsonPrinter(named);
  const view = studio.firstView();
  return blockPrinter((reading) => studio.pictureOf(reading, view), process.stdout.columns || BLOCK_WIDTH);
}

/** For commander: the interval, 10 ms to a day. */
function milliseconds(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && value >= 10 && value <= 86_400_000) return value;
  throw new InvalidArgumentError('Use milliseconds, a whole number from 10 to 86400000.');
}
