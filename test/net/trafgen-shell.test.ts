// needs: root ip
// `trafgen shell` (issue 4; seed 004, D.1: the front end with several users) against a real daemon and a veth cable.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceRow, GeneratorOutcome, GeneratorView } from '../../src/control/generator-words.js';
import { Lab, resultOf, root, type TestDaemon, type ToolResult, until } from './lab.js';

const main = join(root, 'dist/commands/trafgen/main.js');
const lab = new Lab();
let daemon: TestDaemon;

/** 60 bytes to nobody. */
const PACKET = `{ ${[2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, ...new Array(46).fill(7)].join(', ')} }`;

beforeAll(async () => {
  lab.host('appliance', 'peer', 'bare');
  lab.cable('appliance', 'out', 'peer', 'in');
  daemon = await lab.daemon('appliance');
});
afterAll(() => lab.close());

function start(args: readonly string[], user = 'alice', host = 'appliance'): ChildProcess {
  return lab.start(host, [
    'env',
    '-u',
    'SUDO_USER',
    `LOGNAME=${user}`,
    process.execPath,
    main,
    'shell',
    ...args,
  ]);
}

/** Runs commands of `-c`. */
function run(...commands: string[]): Promise<ToolResult> {
  const child = start(commands.flatMap((text) => ['-c', text]));
  child.stdin?.end();
  return resultOf(child);
}

/** Runs one command; answers its JSON. */
async function json<T>(command: string): Promise<T> {
  const child = start(['--json', '-c', command]);
  child.stdin?.end();
  const { code, stdout, stderr } = await resultOf(child);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

function script(text: string): Promise<ToolResult> {
  const child = start([]);
  child.stdin?.end(text);
  return resultOf(child);
}

const arrived = () => lab.counter('peer', 'in', 'rx_packets');
/** The peer's kernel takes frames a moment after they were sent; there are never more. */
async function arrives(count: number, before: number): Promise<void> {
  await until(`${count} frames to arrive`, () => (arrived() - before >= count ? true : undefined));
  expect(arrived() - before).toBe(count);
}
const state = async (name: string) =>
  (await json<GeneratorView[]>('show generators')).find((one) => one.name === name)?.state;
const ended = (name: string) =>
  until(`${name} to end`, async () => ((await state(name)) === 'ended' ? true : undefined), 30_000);

/** A person's shell, whose screen is read as it comes. */
class Person {
  readonly child: ChildProcess;
  /** Its exit code, once all that it wrote has been read. */
  readonly ended: Promise<number | null>;
  screen = '';

  constructor(user: string) {
    this.child = start(['--interactive'], user);
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.screen += text;
      });
    }
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  sees(text: string): Promise<boolean> {
    return until(
      `"${text}" in ${this.screen}`,
      () => (this.screen.includes(text) ? true : undefined),
      30_000,
    );
  }

  /** Ctrl-D. */
  leave(): Promise<number | null> {
    this.child.stdin?.end();
    return this.ended;
  }
}

describe('commands', () => {
  it('send exactly what was counted', async () => {
    const before = arrived();
    const done = await run(
      `packet exact ${PACKET}`,
      'generator exact packet exact device out rate 50kpps count 5000',
      'start exact',
    );
    expect(done).toEqual({ code: 0, stdout: '', stderr: '' });
    await ended('exact');
    await arrives(5000, before);
    const view = await json<GeneratorView>('show generator exact');
    expect(view.figures).toMatchObject({ frames: 5000, bytes: 300_000, refused: {} });
    expect((await run('statistics exact')).stdout).toMatch(/^exact +ended +5000 +300000 /m);
  });

  it('stop in the middle, with exact totals', async () => {
    const sentBefore = (await json<DeviceRow>('device out')).sent.packets;
    const before = arrived();
    await run(
      `packet endless ${PACKET}`,
      'generator endless packet endless device out rate 20kpps',
      'start endless',
    );
    await until('frames to arrive', () => (arrived() - before > 1000 ? true : undefined));
    expect((await json<DeviceRow>('device out')).generators).toEqual(['endless']);
    const [{ view }] = await json<GeneratorOutcome[]>('stop endless');
    expect(view?.state).toBe('stopped');
    const frames = view?.figures?.frames ?? 0;
    await arrives(frames, before);
    expect((await json<DeviceRow>('device out')).sent.packets - sentBefore).toBe(frames);
    expect(arrived() - before).toBe(frames);
  });

  it('show statistics again and again until the last generator has ended', async () => {
    const { code, stdout } = await run(
      'generator exact rate 5kpps count 5000',
      'start exact',
      'statistics exact every 0.1',
    );
    expect(code).toBe(0);
    const views = stdout.match(/^exact .*/gm) ?? [];
    expect(views.length).toBeGreaterThan(1);
    expect(views[0]).toContain('running');
    expect(views.at(-1)).toMatch(/ended +5000 +300000 /);
  });

  it('end a live view by Ctrl-C, with the exit code of an interrupted program', async () => {
    const child = start(['-c', 'device out every 0.1']);
    const done = resultOf(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
  });
});

describe('a script', () => {
  it('runs line by line, packets over several', async () => {
    const text = `# two packets
packet many {
  2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 1, 0x88, 0xb5,
  ${new Array(46).fill(1).join(',')}
}
packet here <<END
${PACKET}
${PACKET}
END
show packet here
exit
fly
`;
    const { code, stdout, stderr } = await script(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^# packet here: 2 packets of 60 bytes, made by alice at /);
  });

  it.each([
    [
      'show packets\n\nstrat x\nno packet many\n',
      2,
      'stdin:3:1: no command "strat"; did you mean "start"?',
      '^~~~~',
    ],
    ['packet bad {\n 1,\n }} wrong\n', 2, 'stdin:1: packet bad:3:', '^'],
    ['packet bad {\n', 2, 'stdin:1: the packet has no end: a closing } is missing', ''],
    ['generator x packet many device out rate 5\n', 2, 'stdin:1:41: "5" is no rate', '^'],
    ['generator x packet many device none\n', 1, 'stdin:1: no device "none"', ''],
    ['no packet exact\n', 1, 'stdin:1: cannot remove packet exact: generator exact sends it', ''],
    ['load /nowhere/file\n', 2, 'stdin:1: cannot read /nowhere/file: there is no such file', ''],
    ['load /dev/zero\n', 2, 'stdin:1: /dev/zero is longer than 16 MiB', ''],
    ['load -\n', 2, 'stdin:1: load: commands come from stdin already; name a file', ''],
    ['generator new rate 5pps\n', 2, 'stdin:1: generator new needs a packet and a device', ''],
  ])('%j ends at its first error', async (text, code, message, mark) => {
    const done = await script(text);
    expect(done.code).toBe(code);
    expect(done.stderr).toContain(message);
    expect(done.stderr).toContain(mark);
    expect(await json<unknown[]>('show packets')).toHaveLength(4);
  });

  it('is what save writes, and load runs again', async () => {
    const file = join(lab.directory, 'saved.conf');
    expect((await run(`save ${file}`)).stdout).toBe(`saved 4 packets and 2 generators in ${file}\n`);
    const text = readFileSync(file, 'utf8');
    expect(text).toBe((await run('show configuration')).stdout);
    const other = await lab.daemon('bare');
    const there = (...words: string[]) => {
      const child = start(words, 'alice', 'bare');
      child.stdin?.end();
      return resultOf(child);
    };
    // Its devices are not those of the first daemon: the file ends where the first one is named.
    expect(await there('-c', `load ${file}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/saved\.conf:\d+: no device "out" in the daemon's network namespace/),
    });
    writeFileSync(file, text.replaceAll('device out', 'device lo'));
    expect(await there('-c', `load ${file}`)).toEqual({ code: 0, stdout: '', stderr: '' });
    const again = (await there('-c', 'show configuration')).stdout;
    expect(again).toBe(readFileSync(file, 'utf8'));
    await other.down();
    lab.run('bare', 'mkfifo', join(lab.directory, 'pipe'));
    writeFileSync(join(lab.directory, 'foreign'), 'precious');
    for (const name of ['pipe', 'foreign', '.']) {
      const refused = await run(`save ${join(lab.directory, name)}`);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('left alone') });
    }
    expect(readFileSync(join(lab.directory, 'foreign'), 'utf8')).toBe('precious');
    expect((await run('save /nowhere/file')).stderr).toContain(
      'cannot write /nowhere/file: there is no such',
    );
  });
});

describe('two users', () => {
  it('see and drive the same generators, and lose nothing when one goes', async () => {
    const [alice, bob] = [new Person('alice'), new Person('bob')];
    await Promise.all([alice.sees('trafgen> '), bob.sees('trafgen> ')]);
    alice.type('show users');
    await alice.sees('(this one)');
    expect(alice.screen).toMatch(/ bob +\d+ /);

    const before = arrived();
    alice.type(`packet shared ${PACKET}`);
    await bob.sees('*** alice made packet shared');
    bob.type('generator shared packet shared device out rate 20kpps count 2000');
    await alice.sees('*** bob made generator shared');
    alice.type('start shared');
    await bob.sees('*** alice started shared');
    for (const one of [alice, bob]) await one.sees('*** shared has ended after 2000 frames, 120000 bytes');
    await arrives(2000, before);
    expect(alice.screen).not.toContain('*** alice started');

    bob.type('packet shared { 1 }');
    await bob.sees('packet shared exists, made by alice');
    alice.type('generator shared count 0');
    await bob.sees('*** alice changed generator shared');
    bob.type('start shared');
    await alice.sees('*** bob started shared');
    alice.type('generator shared rate full');
    await alice.sees(
      'cannot change generator shared: shared is running, started by bob; "stop shared" first',
    );
    alice.type('start shared');
    await alice.sees('cannot start shared: shared is running, started by bob');

    bob.child.kill('SIGKILL');
    await alice.sees('*** bob has left');
    expect(await state('shared')).toBe('running');
    expect(await alice.leave()).toBe(0);
    expect(alice.screen).toContain(`shared goes on: "trafgen shell -c 'stop all'" stops them`);
    expect(await state('shared')).toBe('running');
    expect((await run('stop all')).stdout).toMatch(/^shared +stopped /m);
    expect((await run('show users')).stdout).toBe('no shells are connected\n');
  });

  it('an error does not end an interactive shell', async () => {
    const alice = new Person('alice');
    alice.type('packet wrong { 1, }} }');
    alice.type('strat');
    alice.type('exit');
    await alice.sees('did you mean "start"?');
    expect(await alice.ended).toBe(0);
    expect(alice.screen).toContain('packet wrong:1:');
  });
});

describe('the daemon', () => {
  it('that is missing is told, with the remedy', async () => {
    for (const args of [['-c', 'show packets'], ['--interactive']]) {
      const child = start(['--socket', join(lab.directory, 'none.sock'), ...args]);
      child.stdin?.end();
      expect(await resultOf(child)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^trafgen: no daemon listens on .*none\.sock: start one with "quipu up"/,
        ),
      });
    }
  });

  it('without the privilege to send says so', async () => {
    const socket = join(lab.directory, 'bare.sock');
    const drop = ['env', `QUIPU_SOCKET=${socket}`, 'setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const quipu = join(root, 'dist/commands/quipu/main.js');
    const bare = lab.start('appliance', [
      ...drop,
      '--no-new-privs',
      process.execPath,
      quipu,
      'up',
      '--foreground',
    ]);
    await until('its socket', () => (existsSync(socket) ? true : undefined));
    const commands = [`packet p ${PACKET}`, 'generator g packet p device out', 'start g'];
    const child = start(['--socket', socket, ...commands.flatMap((text) => ['-c', text])]);
    child.stdin?.end();
    expect(await resultOf(child)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/EPERM|CAP_NET_RAW/),
    });
    bare.kill('SIGTERM');
    await new Promise((resolve) => bare.on('exit', resolve));
  });

  it('ends in order, with 130, when SIGTERM ends a shell', async () => {
    const person = new Person('carol');
    await person.sees('trafgen> ');
    person.child.kill('SIGTERM');
    expect(await person.ended).toBe(130);
    await until('carol to be gone', async () =>
      (await json<{ user: string }[]>('show users')).some(({ user }) => user === 'carol') ? undefined : true,
    );
  });

  it('stops what runs when it ends, and leaves nothing behind', async () => {
    const watcher = new Person('alice');
    await watcher.sees('trafgen> ');
    await run('generator endless rate full', 'start endless shared');
    const before = arrived();
    await until('frames to arrive', () => (arrived() > before ? true : undefined));
    await daemon.down();
    const last = arrived();
    expect(daemon.log).toContain('core down');
    await watcher.sees('*** the daemon is gone');
    expect(await watcher.leave()).toBe(0);
    const socket = lab.socket('appliance');
    expect([existsSync(socket), existsSync(`${socket}.journal`)]).toEqual([false, false]);
    expect((await run('show packets')).code).toBe(1);
    expect(arrived()).toBe(last);
  });
});
