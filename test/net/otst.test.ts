// needs: ping
// `otst` on the kernel that runs here, in whichever way it allows: stacks, refusals, and that nothing is left behind.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ArmedRow } from '../../src/commands/otst/armed.js';
import type { KernelStack } from '../../src/linux/tracing/stack-text.js';
import { Lab, resultOf, root, type ToolResult, until } from './lab.js';

const tool = join(root, 'dist/commands/otst/main.js');
/** A tracepoint of every kernel that nothing reaches here: a device that does not send for seconds. */
const NEVER = 'net:net_dev_xmit_timeout';
const lab = new Lab();

interface StackLine extends KernelStack {
  readonly symbol: string;
  readonly way: string;
  readonly target: string;
}

/** What this kernel has, looked at without the code under test: in a mount namespace that is gone at once. */
function inTracefs(script: string): string {
  const mount = 'mount -t tracefs tracefs "$0" && cd "$0" && ';
  return execFileSync('unshare', ['-m', 'sh', '-c', mount + script, lab.directory], { encoding: 'utf8' });
}

const has = (test: string) => inTracefs(`if ${test}; then echo yes; fi`).trim() === 'yes';
let hasKprobes: boolean;
let hasTracer: boolean;
/** The kernel has the tracer and does not forbid it. */
let mayTrace: boolean;
let mounts: string;

beforeAll(() => {
  lab.host('host');
  hasKprobes = has('test -e kprobe_events');
  hasTracer = has('grep -qw function available_tracers');
  mayTrace = hasTracer && has('head -c 1 set_ftrace_filter >/dev/null 2>&1');
  mounts = tracefsMounts();
  inTracefs('for i in instances/quipu-otst-*; do test ! -d "$i" || exit 1; done');
});
afterEach(() => {
  expect(leftovers()).toBe('');
  expect(tracefsMounts()).toBe(mounts);
});
afterAll(() => lab.close());

/** Instances, kprobe events and triggers outside of instances that are not the kernel's own. */
function leftovers(): string {
  return inTracefs(
    `ls instances | grep otst; cat kprobe_events 2>/dev/null | grep otst; grep -ls ^stacktrace events/*/*/trigger; true`,
  );
}

function tracefsMounts(): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.includes(' - tracefs ')).join('\n');
}

const start = (...words: string[]) => lab.start('host', [process.execPath, tool, ...words]);
const otst = (...words: string[]) => resultOf(start(...words));
const ping = () => lab.run('host', 'ping', '-q', '-c', '1', '127.0.0.1');
const linesOf = ({ stdout }: ToolResult) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StackLine);
const armedRows = async () => JSON.parse((await otst('list', '--json')).stdout) as ArmedRow[];

/** Pings until the tool has ended. */
async function whilePinging(result: Promise<ToolResult>): Promise<ToolResult> {
  let ended: ToolResult | undefined;
  result.then((value) => {
    ended = value;
  });
  return until(
    'otst ended',
    () => {
      ping();
      return ended;
    },
    30_000,
  );
}

/** The way by which a function is traced here; null where only tracepoints can be. */
const functionWay = () => (hasKprobes ? 'kprobe' : mayTrace ? 'ftrace' : null);

it('prints the stack of netif_rx, once, and says by which way', async () => {
  const { code, stdout, stderr } = await whilePinging(otst('netif_rx'));
  expect(code).toBe(0);
  const way = functionWay() ?? 'tracepoint net:netif_rx';
  expect(stdout).toContain(`otst: triggered stacktrace for symbol netif_rx by ${way}\n`);
  expect(stdout.match(/Call Trace:/g)?.length).toBe(1);
  // Whoever called it: the way down to a device that hands frames back up.
  expect(stdout).toMatch(/\] {3}\w*netif_rx\w*\+0x[0-9a-f]+\/0x[0-9a-f]+\n/);
  expect(stdout).toMatch(/\] {3}\w+_xmit\w*\+0x/);
  expect(stderr).toContain(`otst: symbol netif_rx registered by ${way}\n`);
  expect(stderr).toContain('otst: symbol netif_rx unregistered\n');
  if (!hasKprobes) expect(stderr).toContain('not by kprobe: the kernel has no kprobe events');
});

it('traces several at once, each as often as asked for', async () => {
  const lines = linesOf(await whilePinging(otst('netif_rx', 'net/net_dev_queue', '-n', '2', '--json')));
  expect(lines.map(({ symbol }) => symbol).sort()).toEqual([
    'net/net_dev_queue',
    'net/net_dev_queue',
    'netif_rx',
    'netif_rx',
  ]);
  for (const { symbol, way, target, frames, task, cpu, time } of lines) {
    const isFunction = symbol === 'netif_rx' && functionWay() !== null;
    expect(way).toBe(isFunction ? functionWay() : 'tracepoint');
    if (way === 'tracepoint')
      expect(target).toBe(symbol.startsWith('net/') ? 'net:net_dev_queue' : 'net:netif_rx');
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.every((frame) => (frame.offset ?? 0) <= (frame.size ?? 0))).toBe(true);
    expect(task).not.toBe('');
    expect(cpu).toBeGreaterThanOrEqual(0);
    expect(time).toBeGreaterThan(0);
  }
});

it('traces a function where the kernel lets it, else tells why by no way', async () => {
  const result = otst('ip_rcv', '--timeout', '20');
  const way = functionWay();
  const { code, stdout, stderr } = way === null ? await result : await whilePinging(result);
  if (way !== null) {
    expect(stdout).toContain(`for symbol ip_rcv by ${way}\n`);
    expect(stdout).toContain('ip_rcv+0x');
    return;
  }
  expect([code, stdout]).toEqual([1, '']);
  const noTracer =
    'the kernel has no function tracer: available_tracers lacks "function" (CONFIG_FUNCTION_TRACER is off)';
  const locked =
    'the kernel has the function tracer and does not let it be used: set_ftrace_filter: EPERM: not permitted';
  expect(stderr.split('\n').filter((line) => !line.includes('locked down'))).toEqual([
    `otst: this kernel (Linux ${release()}) gives no stack trace of ip_rcv:`,
    'otst:   kprobe: the kernel has no kprobe events: tracefs has no file kprobe_events (CONFIG_KPROBE_EVENTS is off)',
    `otst:   ftrace: ${hasTracer ? locked : noTracer}`,
    'otst:   tracepoint: no tracepoint is called ip_rcv',
    expect.stringMatching(/^otst: tracepoints near it, which can be traced: \w+:\w+/),
    '',
  ]);
});

it('a way that is asked for is taken or refused', async () => {
  const { code, stderr } = await otst('net:netif_rx', '--way', 'kprobe');
  expect([code, stderr]).toEqual([
    2,
    'otst: net:netif_rx is a tracepoint: leave --way kprobe away, or name a function\n',
  ]);
  const taken = linesOf(await whilePinging(otst('netif_rx', '--way', 'tracepoint', '--json')));
  expect(taken.map(({ target }) => target)).toEqual(['net:netif_rx']);
});

it('stays armed, is listed, fires once, is shown and removed', async () => {
  const armed = await otst('--arm', 'net:netif_rx', NEVER);
  expect([armed.code, armed.stdout]).toEqual([
    0,
    `otst: symbol net:netif_rx registered by tracepoint net:netif_rx\notst: symbol ${NEVER} registered by tracepoint ${NEVER}\n`,
  ]);
  await until('it has fired', async () => {
    ping();
    return (await armedRows()).find(({ left }) => left === 0);
  });
  for (let i = 0; i < 5; i++) ping();
  expect(await armedRows()).toEqual([
    { symbol: NEVER, way: 'tracepoint', caught: 0, left: 1, pid: null, orphan: false },
    { symbol: 'net:netif_rx', way: 'tracepoint', caught: 1, left: 0, pid: null, orphan: false },
  ]);
  expect((await otst('list')).stdout).toMatch(
    /^SYMBOL .*\n.* armed .*\nnet:netif_rx +tracepoint +fired +"otst show"\n$/,
  );
  expect((await otst('show', 'netif_rx')).stdout).toMatch(/Call Trace:\n.*\+0x/);
  const early = await otst('show', NEVER);
  expect([early.code, early.stderr]).toEqual([
    1,
    `otst: ${NEVER} is armed and has not fired yet; "otst list" tells when it has\n`,
  ]);
  const again = await otst('--arm', NEVER);
  expect([again.code, again.stderr]).toEqual([
    1,
    `otst: ${NEVER} is armed already, by tracepoint ${NEVER}: "otst show ${NEVER}" prints what it has caught, "otst rm ${NEVER}" disarms it\n`,
  ]);
  expect((await otst('rm', 'netif_rx')).stdout).toBe('otst: symbol net:netif_rx unregistered\n');
  expect((await otst('rm', 'netif_rx')).stderr).toBe(`otst: netif_rx is not armed; armed are ${NEVER}\n`);
  expect((await otst('rm', '--all')).stdout).toBe(`otst: symbol ${NEVER} unregistered\n`);
});

/** Starts one that waits for ever. */
async function waiting(): Promise<ChildProcess> {
  const child = start(NEVER);
  let told = '';
  child.stderr?.on('data', (chunk) => {
    told += String(chunk);
  });
  await until('it is armed', () => told.includes('registered') || undefined);
  return child;
}

it.each([
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
] as const)('disarms when %s comes, and ends with 130', async (signal) => {
  const child = await waiting();
  expect(await armedRows()).toEqual([
    { symbol: NEVER, way: 'tracepoint', caught: 0, left: 1, pid: child.pid, orphan: false },
  ]);
  const busy = await otst('rm', NEVER);
  expect([busy.code, busy.stderr]).toEqual([
    1,
    `otst: ${NEVER}: otst with pid ${child.pid} is waiting for it; end that one (Ctrl-C), and it is disarmed\n`,
  ]);
  expect((await otst('rm', '--all')).stdout).toBe('nothing was armed\n');
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill(signal);
  expect(await ended).toBe(130);
});

it.each([
  ['has no room', 1, '> /dev/full'],
  ['is not read any more', 0, '| true'],
])('disarms when its output %s', async (_, code, redirection) => {
  // The shell's own test: what the tool's exit code is, whatever stands behind the pipe.
  const script = `{ "$@"; echo "code $?" >&2; } ${redirection}`;
  const child = lab.start('host', [
    'sh',
    '-c',
    script,
    'sh',
    process.execPath,
    tool,
    'netif_rx',
    '-n',
    '1000',
  ]);
  const { stderr } = await whilePinging(resultOf(child));
  expect(stderr).toContain(`code ${code}\n`);
  expect(await armedRows()).toEqual([]);
});

it('what a killed one leaves is listed as left, and removed', async () => {
  const child = await waiting();
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGKILL');
  await ended;
  expect((await armedRows()).map(({ symbol, pid, orphan }) => [symbol, pid, orphan])).toEqual([
    [NEVER, null, true],
  ]);
  expect((await otst('list')).stdout).toContain('nobody: its otst was killed; "otst rm --all" removes it');
  expect((await otst('rm', '--all')).stdout).toBe(`otst: symbol ${NEVER} unregistered\n`);
  expect((await otst('list')).stdout).toBe('nothing is armed\n');
});

it('gives up in time, with nothing armed', async () => {
  const { code, stderr } = await otst(NEVER, '--timeout', '0.2');
  expect(code).toBe(1);
  expect(stderr).toContain(`otst: tracepoint ${NEVER} was not reached within 0.2 s\n`);
});

it('a tracepoint that is named in two ways is armed once or not at all', async () => {
  const { code, stderr } = await otst(NEVER, NEVER.replace(':', '/'));
  expect([code, stderr]).toEqual([
    2,
    `otst: ${NEVER.replace(':', '/')} is armed already, by tracepoint ${NEVER}: leave one of the two names away\n`,
  ]);
});

it('one symbol that cannot be traced takes the others back', async () => {
  const { code, stderr } = await otst(NEVER, 'netif_rxx');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^otst: the kernel knows no function or tracepoint netif_rxx, .*; near it: netif_rx\n$/,
  );
});

it('says what it takes where it may not', async () => {
  // In a host of the lab, which has a /sys of its own, nothing is mounted there.
  const child = lab.start('host', [
    'setpriv',
    '--bounding-set=-sys_admin',
    process.execPath,
    tool,
    'netif_rx',
  ]);
  const { code, stderr } = await resultOf(child);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^otst: tracefs, .*: EPERM: not permitted; it needs root \(CAP_SYS_ADMIN\)/);
});

it('tells in "ways" and to the doctor what this kernel allows', async () => {
  const { ways } = JSON.parse((await otst('ways', '--json')).stdout) as {
    ways: { way: string; allowed: boolean }[];
  };
  expect(ways.map(({ way, allowed }) => [way, allowed])).toEqual([
    ['kprobe', hasKprobes],
    ['ftrace', mayTrace],
    ['tracepoint', true],
  ]);
  const checks = JSON.parse((await lab.tool('host', 'quipu', ['doctor', '--json'])).stdout) as {
    what: string;
    ok: boolean;
    detail: string;
  }[];
  const check = checks.find(({ what }) => what === 'kernel stack traces (otst)');
  expect(check?.ok).toBe(true);
  expect(check?.detail).toMatch(/by tracepoint \(\d+ places that the kernel's source marks\)/);
  expect(check?.detail.includes('not by kprobe')).toBe(!hasKprobes);
});
