// needs: root
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const main = join(root, 'dist/commands/quipu/main.js');
const running: Demo[] = [];

/** A run of the built demo, its output a pipe. */
class Demo {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  out = '';
  err = '';

  constructor(args: readonly string[], command: readonly string[] = [process.execPath, main]) {
    const [file, ...before] = command;
    this.child = spawn(file, [...before, 'demo', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.child.emit('text');
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.exit = new Promise((resolve) => {
      this.child.once('close', resolve);
    });
    running.push(this);
  }

  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out)) {
      if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.out}${this.err}`);
      await Promise.race([once(this.child, 'text'), this.exit]);
    }
  }

  get lines(): string[] {
    return this.out.trimEnd().split('\n');
  }

  /** Its two hosts, each with the network namespace it lives in. */
  hosts(): { pid: number; namespace: string }[] {
    return processes()
      .filter((pid) => parentOf(pid) === this.child.pid)
      .map((pid) => ({ pid, namespace: readlinkSync(`/proc/${pid}/ns/net`) }));
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null; // it has ended meanwhile
  }
}

/** What still holds one of these namespaces: processes, and names under /run/netns. */
function holders(namespaces: readonly string[]): string[] {
  const held = processes().filter((pid) =>
    namespaces.includes(attempt(() => readlinkSync(`/proc/${pid}/ns/net`)) ?? ''),
  );
  const names = (attempt(() => readdirSync('/run/netns')) ?? []).filter((name) => {
    const inode = attempt(() => statSync(`/run/netns/${name}`).ino);
    return namespaces.includes(`net:[${inode}]`);
  });
  return [...held.map((pid) => `process ${pid}`), ...names];
}

async function nothingIsLeft(namespaces: readonly string[]): Promise<void> {
  expect(namespaces).toHaveLength(2);
  await expect.poll(() => holders(namespaces), { timeout: 5000, interval: 20 }).toEqual([]);
}

const LAST =
  /^frames in (\d+), created (\d+), out (\d+), consumed (\d+), dropped (\d+)(?: \(([a-z-]+ \d+(?:, [a-z-]+ \d+)*)\))?$/;

/** Checks the sums of the last line; answers the frames that came in. */
function checkAccount(line: string): number {
  const match = LAST.exec(line);
  expect(line).toMatch(LAST);
  const [entered, created, out, consumed, dropped] = (match ?? []).slice(1, 6).map(Number);
  expect(out + consumed + dropped).toBe(entered + created);
  const reasons = [...(match?.[6] ?? '').matchAll(/\d+/g)].reduce((sum, [count]) => sum + Number(count), 0);
  expect(reasons).toBe(dropped);
  return entered;
}

afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});

test('live traffic: frames flow, the graph changes, every frame is accounted for, nothing is left', async () => {
  const demo = new Demo(['--seconds', '5']);
  await demo.says(/re-tie 1:/);
  const hosts = demo.hosts();
  const own = readlinkSync('/proc/self/ns/net');
  expect(hosts.map(({ namespace }) => namespace)).not.toContain(own);
  expect(await demo.exit).toBe(0);
  expect(demo.err).toBe('');
  expect(demo.lines[0]).toMatch(/^Quipu demo: live traffic between two namespaces .* came after \d+ ms\.$/);
  expect(demo.out).toContain('re-tie 2: narrow the filter of ipv4: UDP only');
  expect(demo.out.match(/account holds/g)).toHaveLength(2);
  // No frame is dropped but by the filters.
  expect(demo.lines.at(-1)).toMatch(/\(filtered \d+\)$/);
  const entered = checkAccount(demo.lines.at(-1) ?? '');
  expect(entered).toBeGreaterThan(500);
  expect(demo.lines.at(-2)).toMatch(
    new RegExp(`; the kernel counted ${entered} frames on eth0; pool whole$`),
  );
  await nothingIsLeft(hosts.map(({ namespace }) => namespace));
});

test('--json: one object, with what Linux saw', async () => {
  const demo = new Demo(['--seconds', '3.8', '--json']);
  expect(await demo.exit).toBe(0);
  expect(demo.lines).toHaveLength(1);
  const report = JSON.parse(demo.out);
  expect(report).toMatchObject({ mode: 'live', faults: [], kernelCount: report.totals.in });
  expect(report.reTies).toHaveLength(2);
  expect(report.traffic.transfers).toBeGreaterThanOrEqual(3);
  expect(report.traffic.transfersBroken).toBe(0);
  const { echoesSent, echoesAnswered } = report.traffic;
  expect(echoesSent - echoesAnswered).toBeLessThan(5); // those that were on their way
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s: ends in order with 130', async (signal) => {
  const demo = new Demo(['--seconds', '60']);
  await demo.says(/re-tie 1:/);
  const namespaces = demo.hosts().map(({ namespace }) => namespace);
  demo.child.kill(signal);
  expect(await demo.exit).toBe(130);
  expect(checkAccount(demo.lines.at(-1) ?? '')).toBeGreaterThan(100);
  await nothingIsLeft(namespaces);
});

test('SIGKILL: nothing is left either', async () => {
  const demo = new Demo(['--seconds', '60']);
  await demo.says(/re-tie 1:/);
  const namespaces = demo.hosts().map(({ namespace }) => namespace);
  demo.child.kill('SIGKILL');
  await demo.exit;
  await nothingIsLeft(namespaces);
});

test('a host that is killed ends the demo with an error, and the other host with it', async () => {
  const demo = new Demo(['--seconds', '60']);
  await demo.says(/re-tie 1:/);
  const hosts = demo.hosts();
  process.kill(hosts[0].pid, 'SIGKILL');
  expect(await demo.exit).toBe(1);
  expect(demo.err).toMatch(/^quipu: the (left|right) host has ended\n$/);
  await nothingIsLeft(hosts.map(({ namespace }) => namespace));
});

test('without privileges: says so, and replays a capture through the same graph', async () => {
  const drop = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'];
  const demo = new Demo(['--seconds', '4.5'], [...drop, process.execPath, main]);
  expect(await demo.exit).toBe(0);
  expect(demo.err).toBe('');
  expect(demo.lines[0]).toMatch(
    /^Quipu demo: live traffic needs CAP_SYS_ADMIN, .*: run as root to see it; .* replay /,
  );
  expect(demo.out.match(/account holds/g)).toHaveLength(2);
  // 80 frames in 2.0 s, over and over.
  expect(checkAccount(demo.lines.at(-1) ?? '')).toBeGreaterThanOrEqual(160);
});

test('in a terminal: a picture that is drawn again in place, and the same last line', async () => {
  const inner = `stty cols 80 rows 24; LANG=C.UTF-8 ${process.execPath} ${main} demo --seconds 2`;
  const demo = new Demo([], ['sh', '-c', `script -qec '${inner}' /dev/null`]);
  expect(await demo.exit).toBe(0);
  const CSI = '\u001b[';
  const pictures = demo.out.split(`${CSI}J`);
  expect(pictures.length).toBeGreaterThan(6);
  for (const picture of pictures.slice(1, -1)) expect(picture.startsWith(`${CSI}22A\r`)).toBe(true);
  expect(pictures.at(-2)).toContain('knot');
  const plain = demo.out
    .replace(new RegExp(`${CSI.replace('[', '\\[')}[0-9;]*[A-Za-z]`, 'g'), '')
    .replaceAll('\r', '')
    .trimEnd();
  checkAccount(plain.split('\n').at(-1) ?? '');
});
