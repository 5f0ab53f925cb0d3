// needs: ip gnuplot
// `trafgen rfc2544` through a Quipu bridge and through blocks that lose and copy frames: what it counts is compared with
// the kernel's counters of its devices and with what the node itself says that it dropped.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import type { Report } from '../../src/traffic/rfc2544/report.js';
import { difference, Lab, resultOf, root, type TestDaemon, type ToolResult, until } from './lab.js';

const lab = new Lab();
const main = join(root, 'dist/commands/trafgen/main.js');
let daemon: TestDaemon;

const ethernet = (link: string): ActionInput => ({
  do: 'add',
  name: link,
  type: 'ethernet',
  config: { link, promiscuous: true, exclusive: true },
});

/** Frames go from one link to the other through a block, not back. */
function through(block: ActionInput & { name: string }, from: string, to: string): ActionInput[] {
  return [
    ethernet(from),
    ethernet(to),
    block,
    { do: 'connect', from, port: 'ingress', to: block.name },
    { do: 'connect', from: block.name, port: 'ingress', to },
  ];
}

beforeAll(async () => {
  lab.host('tester', 'device');
  for (const name of ['lan', 'bad', 'copy']) {
    lab.cable('tester', `${name}a`, 'device', `${name}0`);
    lab.cable('tester', `${name}b`, 'device', `${name}1`);
  }
  daemon = await lab.daemon('device');
  await daemon.change(
    { do: 'add', name: 'lan', type: 'bridge' },
    ...['lan0', 'lan1'].flatMap((link, i): ActionInput[] => [
      ethernet(link),
      { do: 'connect', from: link, port: 'ingress', to: 'lan' },
      { do: 'connect', from: 'lan', port: `egress${i}`, to: link },
    ]),
    ...through({ do: 'add', name: 'bad', type: 'loss', config: { probability: 0.02 } }, 'bad0', 'bad1'),
    ...through(
      { do: 'add', name: 'copy', type: 'duplicate', config: { probability: 0.1 } },
      'copy0',
      'copy1',
    ),
  );
});
afterAll(() => lab.close());

const QUICK = ['--settle', '0.2', '--rest', '0'];

function rfc2544(lan: string, ...options: string[]): Promise<ToolResult> {
  const ends = ['--from', `${lan}a`, '--to', `${lan}b`];
  return resultOf(lab.start('tester', [process.execPath, main, 'rfc2544', ...ends, ...QUICK, ...options]));
}

/** What the kernel has counted at both devices. */
function counters(lan: string) {
  const read = (end: string, name: string) => lab.counter('tester', lan + end, `${name}_packets`);
  return { sentFrom: read('a', 'tx'), sentTo: read('b', 'tx'), arrivedTo: read('b', 'rx') };
}

/** Makes it, and checks that the kernel has counted the same. */
async function measure(lan: string, ...options: string[]): Promise<Report> {
  const before = counters(lan);
  const { code, stdout, stderr } = await rfc2544(lan, '--json', ...options);
  expect({ code, stderr }, stderr).toMatchObject({ code: 0 });
  const report = JSON.parse(stdout) as Report;
  const after = counters(lan);
  expect(report.frames).toEqual({
    sentFrom: after.sentFrom - before.sentFrom,
    sentTo: after.sentTo - before.sentTo,
    arrivedTo: after.arrivedTo - before.arrivedTo,
  });
  expect(report.interrupted).toBe(false);
  return report;
}

it('throughput of a bridge: it converges, every frame has an account, and there is a plot', async () => {
  const plot = join(lab.directory, 'bridge.svg');
  const dropsBefore = (await daemon.status()).totals.dropped;
  const options = ['--sizes', '64,1518', '--tests', 'throughput', '--trial', '2', '--resolution', '25'];
  // A machine that does other work loses some; the search is not about these.
  const report = await measure('lan', ...options, '--allowed-loss', '1', '--plot', plot);

  expect(report.sizes.map(({ size, bytes }) => [size, bytes])).toEqual([
    [64, 60],
    [1518, 1514],
  ]);
  for (const { throughput, highestRate, lineRate } of report.sizes) {
    if (!throughput) throw new Error('no throughput was measured');
    expect(throughput.converged).toBe(true);
    expect(throughput.rate).toBeGreaterThan(0);
    expect(throughput.rate).toBeLessThanOrEqual(highestRate);
    expect(lineRate).toBeGreaterThan(0);
    for (const trial of throughput.trials) {
      expect(trial.sent).toBeGreaterThan(0);
      expect(trial.received + trial.lost).toBe(trial.sent);
      expect([trial.duplicated, trial.wrongLength]).toEqual([0, 0]);
    }
    const best = throughput.trials.filter(({ lost, sent, sinkLost }) => lost <= sent / 100 && sinkLost === 0);
    expect(best.length).toBeGreaterThan(0);
    expect(throughput.rate).toBeLessThanOrEqual(Math.max(...best.map(({ asked = 0 }) => asked)));
  }

  // What did not arrive is what the node says that it dropped.
  const status = await daemon.status();
  expect(difference(status)).toBe(0);
  const { sentFrom, arrivedTo } = report.frames;
  expect(status.totals.dropped - dropsBefore).toBe(sentFrom - arrivedTo);

  const svg = readFileSync(plot, 'utf8');
  expect(svg).toMatch(/^<\?xml .*<svg .*<\/svg>\s*$/s);
  expect(svg.match(/<use xlink:href='#gpPt6'/g)).toHaveLength(report.sizes.length);
  const drawn = report.sizes.map(
    ({ size, throughput, highestRate }) => `${size} ${throughput?.rate} ${highestRate}\n`,
  );
  expect(readFileSync(join(lab.directory, 'bridge.dat'), 'utf8')).toContain(drawn.join(''));
});

it('all four tests as tables; without gnuplot the data of the plot and a sentence', async () => {
  const file = join(lab.directory, 'four');
  const options = [
    '--sizes',
    '128',
    '--trial',
    '0.3',
    '--burst',
    '0.1',
    '--repeat',
    '1',
    '--max-rate',
    '2000',
  ];
  const words = [...QUICK, ...options, '--allowed-loss', '50', '--loss-step', '50', '--plot', `${file}.svg`];
  const command = [process.execPath, main, 'rfc2544', '--from', 'lana', '--to', 'lanb', ...words];
  const child = lab.start('tester', ['env', 'PATH=/nonexistent', ...command]);
  const { code, stdout, stderr } = await resultOf(child);
  expect(code).toBe(0);
  const [warning, sentence, ...more] = stderr.split('\n');
  expect(more).toEqual(['']);
  expect(warning).toMatch(/^warning: gnuplot is missing \(apt-get install gnuplot-nox\)/);
  expect(sentence).toContain(
    `no plot: gnuplot is missing (apt-get install gnuplot-nox); "gnuplot four.gnuplot" in`,
  );
  expect(['svg', 'dat', 'gnuplot'].map((end) => existsSync(`${file}.${end}`))).toEqual([false, true, true]);
  // The rate asked for was reached; the loss test has one line or two.
  expect(stdout).toMatch(/\nThroughput \(26\.1\)\n +BYTES .*\n +128 +[0-9,]+ +[0-9.]+ /);
  expect(stdout).toMatch(
    /\nLatency at the throughput \(26\.2\), µs\n +BYTES .*\n +128 +[0-9,]+( +[0-9.]+){5} +[0-9]+ +0\n/,
  );
  expect(stdout).toMatch(/\nFrame loss \(26\.3\).*\n +BYTES .* 100 % .*\n +128 +2,000 +[0-9.(<]/);
  expect(stdout).toMatch(
    /\nBack-to-back frames \(26\.4\).*\n +BYTES .*\n +128 +[0-9]+ +[0-9]+ +[0-9]+ +200 +1\n/,
  );
});

const SLOW = ['--sizes', '64', '--tests', 'loss', '--loss-step', '50', '--max-rate', '3000', '--trial', '1'];

it('what a device loses is counted, to the frame', async () => {
  const report = await measure('bad', ...SLOW);
  const { counters: node, drops } = await daemon.show('bad');
  expect(node.lost).toBeGreaterThan(0);
  expect(drops).toMatchObject([{ reason: 'lost', count: node.lost }]);
  expect(report.frames.sentFrom - report.frames.arrivedTo).toBe(node.lost);
  const trials = report.sizes[0].loss?.map(({ trial }) => trial) ?? [];
  expect(trials).toHaveLength(2);
  // The others were learning frames.
  const lost = trials.reduce((sum, trial) => sum + trial.lost, 0);
  expect(lost).toBeGreaterThan(0);
  expect(node.lost - lost).toBeLessThanOrEqual(report.frames.sentFrom - 4500);
});

it('what a device sends twice is counted, to the frame, and no loss hides behind it', async () => {
  const report = await measure('copy', ...SLOW);
  const { counters: node } = await daemon.show('copy');
  expect(node.duplicated).toBeGreaterThan(0);
  expect(report.frames.arrivedTo - report.frames.sentFrom).toBe(node.duplicated);
  for (const { trial } of report.sizes[0].loss ?? []) {
    expect(trial.duplicated).toBeGreaterThan(0);
    expect([trial.lost, trial.received]).toEqual([0, trial.sent]);
  }
});

it('a device that sends everything twice is taken for a loop', async () => {
  await daemon.change({ do: 'set', name: 'copy', options: { probability: 1 } });
  const { code, stderr } = await rfc2544('copy', ...SLOW);
  expect(code).toBe(1);
  expect(stderr).toContain('frames that copya sends once arrive at copyb several times: there is a loop');
});

it('frames that the receiving socket loses are told apart from those that never came', () => {
  const tool = join(import.meta.dirname, 'tools/sink-overrun.js');
  lab.cable('tester', 'ringa', 'tester', 'ringb');
  const said = JSON.parse(lab.run('tester', process.execPath, tool, 'ringa', 'ringb', '1000')) as Record<
    string,
    number
  >;
  expect(said.taken + said.drops).toBe(1000);
  expect(said.taken).toBeGreaterThan(0);
  expect(said.drops).toBeGreaterThan(0);
  expect(said).toMatchObject({ received: said.taken, arrivals: said.taken, duplicated: 0, reordered: 0 });
});

it('Ctrl-C: what was measured is printed, and nothing stays behind', async () => {
  const ends = ['--from', 'lana', '--to', 'lanb'];
  const options = [
    '--tests',
    'loss',
    '--loss-step',
    '10',
    '--max-rate',
    '2000',
    '--trial',
    '0.5',
    '--allowed-loss',
    '0',
  ];
  const child = lab.start('tester', [
    process.execPath,
    main,
    'rfc2544',
    ...ends,
    ...QUICK,
    ...options,
    '--verbose',
  ]);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said += text;
  });
  const result = resultOf(child);
  const IFF_PROMISC = 0x100;
  const isPromiscuous = () =>
    (Number(lab.run('tester', 'cat', '/sys/class/net/lanb/flags').trim()) & IFF_PROMISC) !== 0;
  await until('the first trial', () => (said.includes('loss at') ? true : undefined), 20_000);
  expect(isPromiscuous()).toBe(true);
  child.kill('SIGINT');
  const { code, stdout } = await result;
  expect(code).toBe(130);
  expect(stdout).toContain('Interrupted: what was measured until then.\n');
  expect(stdout).toMatch(/\nFrame loss .*\n +BYTES .*\n +64 +2,000 +[0-9(]/);
  expect(isPromiscuous()).toBe(false);
});

it('a device that goes down in the middle: what was measured is printed, then the reason', async () => {
  lab.cable('tester', 'endsa', 'tester', 'endsb');
  const options = '--sizes 64 --tests latency --repeat 1000 --max-rate 1000 --trial 0.3 --verbose'.split(' ');
  const words = [process.execPath, main, 'rfc2544', '--from', 'endsa', '--to', 'endsb', ...QUICK, ...options];
  const child = lab.start('tester', words);
  let down = false;
  child.stderr?.on('data', (text: Buffer) => {
    if (down || !text.toString().includes('latency:')) return;
    down = true;
    lab.run('tester', 'ip', 'link', 'set', 'endsb', 'down');
  });
  const { code, stdout, stderr } = await resultOf(child);
  expect(code).toBe(1);
  expect(stdout).toContain('Interrupted: what was measured until then.\n');
  expect(stdout).toMatch(/\nLatency .*\n +BYTES .*\n +64 +[0-9,]+ +[0-9.]+ /);
  expect(stderr).toMatch(/\ntrafgen: device (endsa|endsb) [^\n]+\n$/);
});

it('devices that cannot be used, and frames that do not arrive: each error names device and remedy', async () => {
  lab.cable('tester', 'lonely', 'device', 'nobody');
  lab.cable('tester', 'asleep', 'tester', 'alone');
  lab.run('tester', 'ip', 'link', 'set', 'asleep', 'down');
  const plot = join(lab.directory, 'none/x.svg');
  const cases: [options: string, code: number, message: string][] = [
    ['--from lana --to lana', 2, 'trafgen: --to is "lana", the device that --from names'],
    ['--from lana --to gone', 1, 'trafgen: cannot find device gone: ENODEV'],
    ['--from lana --to asleep', 1, 'trafgen: device asleep is down: ip link set asleep up'],
    ['--from lana --to alone', 1, 'trafgen: device alone has no carrier: plug its cable in'],
    ['--from lana --to lo', 1, 'trafgen: device lo is no Ethernet device'],
    [
      '--from lana --to lanb --sizes 64,2000',
      2,
      'trafgen: frames of 2000 bytes do not fit through device lana',
    ],
    [`--from lana --to lanb --plot ${plot}`, 2, `trafgen: cannot write ${plot}`],
    [
      '--from lana --to lonely --settle 0.1',
      1,
      'trafgen: no frame of 64 bytes that lana sends arrives at lonely',
    ],
  ];
  await Promise.all(
    cases.map(async ([options, code, message]) => {
      const words = [process.execPath, main, 'rfc2544', ...options.split(' ')];
      const result = await resultOf(lab.start('tester', words));
      expect({ options, code: result.code, stdout: result.stdout }).toEqual({ options, code, stdout: '' });
      expect(result.stderr).toContain(message);
    }),
  );
  expect(existsSync(plot)).toBe(false);
});
