// needs: trafgen python3
// ifpps against procfs over a counted burst, beside netsniff-ng's ifpps (the package that brings trafgen), and on a terminal.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IfppsRecord, recordSchema } from '../../src/commands/ifpps/record-schema.js';
import { type DeviceCounters, parseNetDev } from '../../src/linux/procfs/net-dev.js';
import { parseSoftirqs } from '../../src/linux/procfs/softirqs.js';
import { Lab, resultOf, root, until } from './lab.js';

const PEER = '/usr/sbin/ifpps';
const BURST = 12_345;
const SIZE = 64;
const lab = new Lab();
const ours = [process.execPath, join(root, 'dist/commands/ifpps/main.js')];

beforeAll(() => {
  lab.host('dut', 'sender');
  lab.cable('dut', 'eth0', 'sender', 'eth0');
});
afterAll(() => lab.close());

const run = (...words: string[]) => resultOf(lab.start('dut', [...ours, ...words]));

function procCounters(device = 'eth0'): DeviceCounters {
  const counters = parseNetDev(lab.run('dut', 'cat', '/proc/net/dev')).get(device);
  if (!counters) throw new Error(`no ${device}`);
  return counters;
}

/** ifpps as it prints line after line. */
class Printing {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(...words: string[]) {
    this.child = lab.start('dut', [...ours, ...words]);
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.lines.push(line));
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get records(): IfppsRecord[] {
    return this.lines.map((line) => recordSchema.parse(JSON.parse(line)));
  }

  /** The first record from `from` on that is as it should be. */
  record(what: string, is: (record: IfppsRecord) => boolean): Promise<IfppsRecord> {
    return until(what, () => this.records.find(is));
  }

  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

describe('a counted burst', () => {
  it('is what ifpps --json counts, to the frame and byte', async () => {
    const before = procCounters();
    const printing = new Printing('--json', '-t', '100', 'eth0');
    await printing.record('the first line', () => true);
    const sent = await lab.flood('sender', 'eth0', { count: BURST, size: SIZE }).done;
    expect(sent.sent).toBe(BURST);
    const goal = before.rxPackets + BURST;
    const last = await printing.record('all frames', ({ interfaces }) => interfaces[0].rx.packets >= goal);
    expect(await printing.end()).toBe(130);

    const after = procCounters();
    expect(last.interfaces[0]).toMatchObject({
      name: 'eth0',
      rx: { packets: after.rxPackets, bytes: after.rxBytes, drops: after.rxDrops, errors: after.rxErrors },
      tx: { packets: after.txPackets, bytes: after.txBytes, drops: after.txDrops, errors: after.txErrors },
    });
    const counted = printing.records.map(({ interfaces }) => interfaces[0].counted);
    const sum = (part: (way: { packets: number; bytes: number }) => number) =>
      counted.reduce((total, one) => total + (one === null ? Number.NaN : part(one.rx)), 0);
    expect(sum(({ packets }) => packets)).toBe(BURST);
    expect(sum(({ bytes }) => bytes)).toBe(BURST * SIZE);
    expect(after.rxPackets - before.rxPackets).toBe(BURST);
    expect(after.rxBytes - before.rxBytes).toBe(BURST * SIZE);
    // Rates are counts over the time that went by.
    for (const { seconds, interfaces } of printing.records) {
      const [{ counted, perSecond }] = interfaces;
      expect(perSecond?.rx.packets).toBeCloseTo((counted?.rx.packets ?? 0) / seconds, 3);
    }
    // The kernel took the frames in by software interrupts, which other namespaces raise too.
    const first = printing.records[0];
    const softirqs = ({ cpus }: IfppsRecord) => cpus.reduce((total, cpu) => total + cpu.rxSoftirqs.total, 0);
    expect(softirqs(last)).toBeGreaterThan(softirqs(first));
  });

  it('is in the columns of -c as in those of netsniff-ng', async () => {
    await lab.flood('sender', 'eth0', { count: 200 }).done; // totals that are not 0
    const softirqs = () => parseSoftirqs(lab.run('dut', 'cat', '/proc/softirqs'));
    const before = softirqs();
    const words = ['-t', '200', '-c', '-d', 'eth0'];
    const [own, peer] = await Promise.all([run(...words), resultOf(lab.start('dut', [PEER, ...words]))]);
    expect({ own, peer }).toMatchObject({ own: { code: 0, stderr: '' }, peer: { code: 0 } });
    const [ownLines, peerLines] = [own, peer].map(({ stdout }) => stdout.split('\n'));
    expect(ownLines).toHaveLength(7);
    expect(peerLines).toHaveLength(7);
    expect(ownLines.slice(0, 5)).toEqual(peerLines.slice(0, 5)); // the heading, to the letter
    const [ownValues, peerValues] = [ownLines, peerLines].map((lines) => lines[5].split(' '));
    expect(ownValues).toHaveLength(peerValues.length);
    // What holds still: counters of the quiet interface, sizes of memory and swap, its interrupts.
    const still = [...Array.from({ length: 16 }, (_, i) => i + 1), 20, 23, 32, 33];
    for (const i of still) expect([i, ownValues[i]]).toEqual([i, peerValues[i]]);
    expect(Number(ownValues[6])).toBeGreaterThanOrEqual(200);
    // Memory in use and processes are those of two moments close together.
    for (const i of [18, 19, 24]) {
      expect(Number(ownValues[i]) / Number(peerValues[i])).toBeGreaterThan(0.5);
      expect(Number(ownValues[i]) / Number(peerValues[i])).toBeLessThan(2);
    }
    // Software interrupts since boot only rise: each was told between what the kernel says before and after.
    const after = softirqs();
    for (const values of [ownValues, peerValues]) {
      const [rx, tx] = [Number(values[35]), Number(values[37])];
      expect([rx >= (before.rx.get(0) ?? 0), rx <= (after.rx.get(0) ?? 0)]).toEqual([true, true]);
      expect([tx >= (before.tx.get(0) ?? 0), tx <= (after.tx.get(0) ?? 0)]).toEqual([true, true]);
    }
  });

  it('fits the spellings of the thesis and of the peer', async () => {
    const repeated = await run('-t', '50', '-lcod', 'eth0', '--samples', '3');
    expect(repeated).toMatchObject({ code: 0, stderr: '' });
    expect(repeated.stdout.trim().split('\n')).toHaveLength(3);
    const thesis = await run('-dev', 'eth0', '-promisc', '-b', '--samples', '1', '-t', '50');
    expect(thesis).toMatchObject({ code: 0, stderr: '' });
    expect(thesis.stdout).toMatch(/^ifpps eth0, promiscuous, link up, 10000 Mbit\/s/);
  });
});

describe('interfaces that come and go', () => {
  const make = () => lab.run('dut', 'ip', 'link', 'add', 'veth7', 'type', 'veth', 'peer', 'name', 'veth8');
  const remove = () => lab.run('dut', 'ip', 'link', 'del', 'veth7');

  it('are records of their own in --json', async () => {
    make();
    const printing = new Printing('--json', '-t', '50', 'veth7');
    const state = (name: string) => printing.record(name, ({ interfaces }) => interfaces[0]?.state === name);
    await state('counted');
    remove();
    const gone = await state('gone');
    expect(gone.interfaces[0]).toMatchObject({ name: 'veth7', counted: null, perSecond: null });
    make();
    await state('reset');
    await until('counted again', () =>
      printing.records.at(-1)?.interfaces[0].state === 'counted' ? true : undefined,
    );
    expect(await printing.end('SIGTERM')).toBe(130);
    remove();
  });

  it('are comments among the columns', async () => {
    make();
    const printing = new Printing('-t', '50', '-lcod', 'veth7');
    const line = (what: RegExp) => until(`${what}`, () => printing.lines.find((text) => what.test(text)));
    await line(/^[0-9]+ 0 0/);
    remove();
    await line(/^# [0-9]+ veth7 is gone$/);
    make();
    await line(/^# [0-9]+ veth7 reset/);
    const then = printing.lines.length;
    await until('columns again', () => (printing.lines.length > then + 1 ? true : undefined));
    await printing.end();
    const columns = printing.lines.filter((text) => /^[0-9]/.test(text));
    expect(columns.length + 4).toBe(printing.lines.length); // two comments, each behind an empty line
    expect(new Set(columns.map((text) => text.split(' ').length)).size).toBe(1);
    remove();
  });

  it('are wrong names when they were never there', async () => {
    expect(await run('eth1')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'ifpps: no interface named "eth1"; did you mean eth0? (there are: lo, eth0)\n',
    });
    expect(await run('--json', 'nosuch')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^{"error":/),
    });
    expect(await run('-l', 'eth0')).toMatchObject({ code: 2 });
  });
});

it('promiscuous mode ends with ifpps, whatever ends it', async () => {
  const isOn = () => /promiscuity [1-9]/.test(lab.run('dut', 'ip', '-d', 'link', 'show', 'eth0'));
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    expect(isOn()).toBe(false);
    const printing = new Printing('--json', '-t', '50', '-p', 'eth0');
    await printing.record('a line', () => true);
    expect(isOn()).toBe(true);
    await printing.end(signal);
    await until('off again', () => (isOn() ? undefined : true));
  }
});

it('--quipu shows the links and engines of a daemon', async () => {
  const daemon = await lab.daemon('dut', '--link', 'eth0', '--bare');
  const printing = new Printing('--quipu', '--json', '-t', '50');
  await printing.record('a line', () => true);
  await lab.flood('sender', 'eth0', { count: 500, mac: 'ff:ff:ff:ff:ff:ff' }).done;
  const { interfaces, engines } = await printing.record(
    'all frames',
    (one) => one.interfaces[0].rx.packets >= 500,
  );
  expect(interfaces).toMatchObject([
    { name: 'eth0', rx: { packets: 500, bytes: 500 * SIZE }, interrupts: [] },
  ]);
  expect(engines).toMatchObject([{ engine: 0, frames: 500 }]);
  const { totals } = await daemon.status();
  expect(totals.in).toBe(500);
  await printing.end();

  const block = await run('--quipu', '-b', '--samples', '1', '-t', '50');
  expect(block).toMatchObject({ code: 0, stderr: '' });
  expect(block.stdout).toMatch(/^ifpps 1 link, every 0.05 s/);
  expect(block.stdout).toMatch(/^engine +frames\/s/m);
  expect(await run('--quipu', 'eth9')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('did you mean eth0?'),
  });
  await daemon.down();
  const without = await run('--quipu');
  expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('no daemon listens on') });
});

/**
 * Runs a command on a terminal of its own: argv is rows, columns, and steps as JSON: [pattern to wait for, what to do:
 * "keys TEXT", "size ROWS COLUMNS", "run COMMAND" or "signal NAME"]. Prints as JSON the exit status, everything that was written, and
 * whether the terminal's modes are as they were.
 */
const PTY = `
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time
rows, columns, steps = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
leader, follower = pty.openpty()
def size(r, c): fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack('HHHH', r, c, 0, 0))
size(rows, columns)
modes = termios.tcgetattr(follower)
pid = os.fork()
if pid == 0:
    os.login_tty(follower) if hasattr(os, 'login_tty') else (os.setsid(), [os.dup2(follower, n) for n in (0, 1, 2)], fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.execvp(sys.argv[4], sys.argv[4:])
output, seen, status, end = b'', 0, None, time.monotonic() + 60
while time.monotonic() < end:
    if select.select([leader], [], [], 0.05)[0]: output += os.read(leader, 65536)
    if steps:
        found = re.search(steps[0][0].encode(), output[seen:], re.S)
        if found:
            seen += found.end()
            what, *words = steps.pop(0)[1].split(' ')
            if what == 'keys': os.write(leader, words[0].encode())
            if what == 'size': size(int(words[0]), int(words[1]))
            if what == 'run': os.spawnvp(os.P_WAIT, words[0], words)
            if what == 'signal': os.kill(pid, getattr(signal, words[0]))
    done, code = os.waitpid(pid, os.WNOHANG)
    if done:
        while select.select([leader], [], [], 0.1)[0]: output += os.read(leader, 65536)
        status = os.waitstatus_to_exitcode(code)
        break
else: os.kill(pid, signal.SIGKILL)
print(json.dumps({'status': status, 'output': output.decode(), 'left': len(steps), 'same': termios.tcgetattr(follower) == modes}))
`;

interface Shown {
  readonly status: number | null;
  readonly output: string;
  readonly left: number;
  readonly same: boolean;
}

async function onTerminal(
  rows: number,
  columns: number,
  steps: readonly (readonly [wait: string, act: string])[],
  words: readonly string[],
  environment: readonly string[] = [],
): Promise<Shown> {
  const command = ['env', 'TERM=xterm', ...environment, ...ours, ...words];
  const { code, stdout, stderr } = await resultOf(
    lab.start('dut', ['python3', '-c', PTY, `${rows}`, `${columns}`, JSON.stringify(steps), ...command]),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Shown;
}

const ESCAPE = String.fromCharCode(27);
const STYLE = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');

/** The pictures that were drawn, each as its lines. */
function picturesOf(output: string): string[][] {
  return output
    .split(`${ESCAPE}[H`)
    .slice(1)
    .map((picture) => picture.replace(STYLE, '').trimEnd().split(/\r*\n/)); // the terminal adds a return of its own
}

function expectRestored({ output, same, left }: Shown): void {
  expect(left).toBe(0); // every step was reached
  expect(same).toBe(true);
  const last = (mode: string) =>
    output
      .match(new RegExp(`${ESCAPE}\\[\\?${mode}[hl]`, 'g'))
      ?.at(-1)
      ?.at(-1);
  expect({ screen: last('1049'), wrap: last('7'), cursor: last('25') }).toEqual({
    screen: 'l',
    wrap: 'h',
    cursor: 'h',
  });
}

describe('on a terminal', () => {
  const RATES = 'RX +[0-9]'; // rates are there, not only the first picture without

  it('of 60 columns and 20 rows everything fits, and q gives the terminal back', async () => {
    const shown = await onTerminal(20, 60, [[RATES, 'keys q']], ['-t', '100', 'eth0']);
    expect(shown.status).toBe(0);
    expectRestored(shown);
    const pictures = picturesOf(shown.output);
    expect(pictures.length).toBeGreaterThan(1);
    for (const lines of pictures) {
      expect(lines.length).toBeLessThanOrEqual(20);
      for (const line of lines) expect([line, line.length <= 60]).toEqual([line, true]);
    }
    const text = pictures.at(-1)?.join('\n');
    expect(text).toMatch(/^ifpps eth0, link up/);
    for (const part of [/^TX +0\.000 +0 /m, /^SYS +/m, /^CPU +usr +sys/m, /^avg /m])
      expect(text).toMatch(part);
  });

  it('that is resized it draws anew, and keys choose what is shown', async () => {
    const shown = await onTerminal(
      20,
      60,
      [
        [RATES, 'size 30 120'],
        ['p promiscuous', 'keys \r'],
        ['2 interfaces', 'keys s'],
        ['sorted by name', 'keys h'],
        ['count totals from now on', 'keys x'],
        ['2 interfaces', 'size 12 40'],
        ['interfaces', 'keys q'],
      ],
      ['-t', '100', 'eth0'],
    );
    expect(shown.status).toBe(0);
    expectRestored(shown);
    for (const line of picturesOf(shown.output).at(-1) ?? []) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each<[string, string, number]>([
    ['Ctrl-C', 'keys \u0003', 130],
    ['SIGTERM', 'signal SIGTERM', 130],
    ['SIGINT', 'signal SIGINT', 130],
    ['SIGHUP', 'signal SIGHUP', -1],
  ])('%s gives the terminal back', async (_, act, status) => {
    const shown = await onTerminal(24, 80, [[RATES, act]], ['-t', '100', 'eth0']);
    expect(shown.status).toBe(status);
    expectRestored(shown);
  });

  it('it steps aside when it is stopped, and comes back', async () => {
    const left = `${ESCAPE}\\[\\?1049l`;
    const back = `${ESCAPE}\\[\\?1049h.*${RATES}`;
    const shown = await onTerminal(
      24,
      80,
      [
        [RATES, 'keys \u001a'],
        [left, 'signal SIGCONT'],
        [back, 'signal SIGTSTP'],
        [left, 'signal SIGCONT'],
        [back, 'keys q'],
      ],
      ['-t', '100', 'eth0'],
    );
    expect(shown.status).toBe(0);
    expectRestored(shown);
  });

  it('an interface that vanishes stays on the screen', async () => {
    lab.run('dut', 'ip', 'link', 'add', 'veth7', 'type', 'veth', 'peer', 'name', 'veth8');
    const shown = await onTerminal(
      24,
      80,
      [
        [RATES, 'run ip link del veth7'],
        ['has been gone', 'keys q'],
      ],
      ['-t', '100', 'veth7'],
    );
    expect(shown.status).toBe(0);
    expectRestored(shown);
  });

  it('colour is left out where it is not wanted, and TERM=dumb gets plain text', async () => {
    const colour = new RegExp(`${ESCAPE}\\[[0-9]+m`);
    const coloured = await onTerminal(24, 80, [[RATES, 'keys q']], ['-t', '100', 'eth0']);
    expect(coloured.output.split(`${ESCAPE}[0m`)[0]).toMatch(colour);
    const plain = await onTerminal(24, 80, [[RATES, 'keys q']], ['-t', '100', 'eth0'], ['NO_COLOR=1']);
    expect(plain.output.split(`${ESCAPE}[0m`)[0]).not.toMatch(colour);
    const dumb = await onTerminal(24, 80, [[RATES, 'keys \u0003']], ['-t', '100', 'eth0'], ['TERM=dumb']);
    expect(dumb.output).not.toContain(ESCAPE);
    expect(dumb.output).toMatch(/^ifpps eth0/);
    expect(dumb.status).toBe(130);
  });
});
