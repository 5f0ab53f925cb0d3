import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { TESTS } from '../../traffic/rfc2544/report.js';
import { STANDARD_SIZES } from '../../traffic/rfc2544/sizes.js';
import { withExample } from '../shared/options.js';
import { warningLine } from '../shared/warning.js';
import { checkDevices } from './rfc2544/devices.js';
import { durationOf, durationText } from './rfc2544/duration.js';
import { measure } from './rfc2544/measure.js';
import { drawPlot, plotFile, whyNoGnuplot } from './rfc2544/plot.js';
import { progressOn } from './rfc2544/progress.js';
import { type Given, settingsFrom } from './rfc2544/settings.js';
import { tableText } from './rfc2544/table-text.js';

/** `trafgen rfc2544`: measures a device between two interfaces. */
export function register(program: Command): void {
  const command = program
    .command('rfc2544')
    .description('measure what a device passes on from one interface to another (RFC 2544)')
    .requiredOption('--from <device>', 'where the test frames are sent')
    .requiredOption('--to <device>', 'where they are counted')
    .option('--tests <list>', `which tests: ${TESTS.join(',')}`, TESTS.join(','))
    .option(
      '--sizes <list>',
      'frame sizes in bytes, the check sequence (4) counted',
      STANDARD_SIZES.join(','),
    )
    .option('--trial <seconds>', 'how long a trial sends', '60')
    .option('--burst <seconds>', 'the longest burst of the back-to-back test', '2')
    .option('--settle <seconds>', 'silence after which a trial is over', '2')
    .option('--rest <seconds>', 'pause between two trials', '5')
    .option('--repeat <n>', 'how often latency and back-to-back are measured (default: 20 and 50)')
    .option('--allowed-loss <percent>', 'frames that may be lost in a trial that succeeds', '0')
    .option(
      '--tries <n>',
      'trials that must lose frames before a rate is given up; one that loses a quarter does',
      '2',
    )
    .option('--resolution <percent>', 'how far the throughput may be below the lowest rate that failed', '1')
    .option('--loss-step <percent>', 'steps of the load in the loss test', '10')
    .option('--max-rate <rate>', 'highest rate tried, frames a second (default: as fast as can be sent)')
    .option('--learning <n>', 'learning frames before each trial', '5')
    .option('--source-mac <mac>', 'MAC address from which test frames come', '02:51:55:00:00:0a')
    .option(
      '--destination-mac <mac>',
      'MAC address to which they go; that of a router, if it is one',
      '02:51:55:00:00:0b',
    )
    .option('--source-ip <ip>', 'IPv4 address from which they come', '198.18.0.2')
    .option('--destination-ip <ip>', 'IPv4 address to which they go', '198.19.0.2')
    .option('--source-port <port>', 'UDP port from which they come', '49184')
    .option('--destination-port <port>', 'UDP port to which they go', '7')
    .option('--cpu <n>', 'the CPU on which the generator runs')
    .option(
      '--plot <file>',
      'draw it with gnuplot: FILE.svg or FILE.png; beside it FILE.dat and FILE.gnuplot',
    )
    .option('--verbose', 'tell every trial, also when nobody looks on')
    .option('--json', 'answer in JSON; errors too');
  withExample(
    command,
    'trafgen rfc2544 --from eth1 --to eth2 --plot result.svg',
    'trafgen rfc2544 --from eth1 --to eth2 --sizes 64,1518 --tests throughput --trial 2 --settle 0.5 --rest 0',
    'trafgen rfc2544 --from eth1 --to eth2 --allowed-loss 0.01 --json > result.json',
  );
  command.action(() => run({ ...command.opts<Given>(), ...jsonOf(program) }));
}

/** `trafgen --json rfc2544` means what `trafgen rfc2544 --json` does. The other options of `trafgen` are about sending. */
function jsonOf(program: Command): Given {
  return program.opts<Given>().json === true ? { json: true } : {};
}

async function run(given: Given): Promise<void> {
  const settings = settingsFrom(given);
  const plot = given.plot === undefined ? undefined : plotFile(String(given.plot));
  const devices = await checkDevices(settings);
  const missing = plot && whyNoGnuplot();
  if (missing)
    process.stderr.write(warningLine(`${missing}: data and script will be written, but not drawn`));
  const progress = progressOn(process.stderr, given.verbose === true);
  progress(`about ${durationText(durationOf(settings))}; each trial as it ends:`);
  const { report, failure } = await measure(settings, devices, randomBytes(4).readUInt32LE(), progress);
  if (failure !== undefined && report.sizes.length === 0) throw failure;
  for (const warning of report.warnings) process.stderr.write(warningLine(warning));
  process.stdout.write(given.json === true ? `${JSON.stringify(report)}\n` : tableText(report));
  if (plot) process.stderr.write(`${drawPlot(plot, report)}\n`);
  if (failure !== undefined) throw failure;
}
