import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionInput } from '../../src/control/actions.js';
import { ControlClient } from '../../src/control/client.js';
import type { TransactionReport } from '../../src/control/service.js';
import type { BlockView, NodeStatus } from '../../src/control/views.js';

export const root = join(import.meta.dirname, '../..');
const quipu = join(root, 'dist/commands/quipu/main.js');
const tools = join(import.meta.dirname, 'tools');
let labs = 0;

/** MAC address that test frames are sent to; nobody's, so hooked links must be promiscuous. */
export const NOBODY = '02:00:00:00:00:99';

export interface Flooded {
  readonly sent: number;
  readonly seconds: number;
}

export interface Collected {
  readonly received: number;
  readonly first: number;
  readonly last: number;
  readonly missing: number;
  readonly reordered: number;
  /** Frames that the collector's own socket lost. */
  readonly lost: number;
}

/** Network namespaces, veth pairs, daemons and load for one test file. `close` removes all of it. */
export class Lab {
  private nextIndex = 100;
  readonly directory = mkdtempSync(join(tmpdir(), 'quipu-lab-'));
  private readonly prefix = `quipu-${process.pid}-${++labs}-`;
  private readonly namespaces: string[] = [];
  private readonly children = new Set<ChildProcess>();
  private readonly emergency = () => this.closeNow();

  constructor() {
    process.on('exit', this.emergency);
  }

  /** Makes namespaces, loopback up, IPv6 off so that nothing but the test's own frames is on the wire. */
  host(...names: string[]): void {
    for (const name of names) {
      execFileSync('ip', ['netns', 'add', this.prefix + name]);
      this.namespaces.push(name);
      this.run(
        name,
        'sh',
        '-c',
        'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done',
      );
      this.run(name, 'ip', 'link', 'set', 'lo', 'up');
    }
  }

  /** A cable: device `a` in one host, `b` in the other, both up. */
  cable(hostA: string, a: string, hostB: string, b: string): void {
    const [nsA, nsB] = [this.prefix + hostA, this.prefix + hostB];
    // Equal indexes on both sides would make the kernel notice the carrier up to a second later.
    const [one, other] = [String(this.nextIndex++), String(this.nextIndex++)];
    const ends = [
      a,
      'index',
      one,
      'netns',
      nsA,
      'type',
      'veth',
      'peer',
      'name',
      b,
      'index',
      other,
      'netns',
      nsB,
    ];
    execFileSync('ip', ['link', 'add', ...ends]);
    this.run(hostA, 'ip', 'link', 'set', a, 'up');
    this.run(hostB, 'ip', 'link', 'set', b, 'up');
    this.awaitCarrier(hostA, a);
    this.awaitCarrier(hostB, b);
  }

  /** Until the kernel has noticed the carrier, the link is down to a daemon: it drops what is to be sent, counted. */
  private awaitCarrier(host: string, device: string): void {
    for (let tries = 0; tries < 200; tries++) {
      if (this.run(host, 'ip', 'link', 'show', device).includes('state UP')) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    throw new Error(`${device} of ${host} got no carrier within 4 s`);
  }

  private inside(host: string, command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.prefix + host, ...command];
  }

  /** Runs a command in a host and answers its output; throws when it fails. */
  run(host: string, ...command: string[]): string {
    const [file, ...args] = this.inside(host, command);
    return execFileSync(file, args, { encoding: 'utf8', maxBuffer: 64 << 20, env: this.environment(host) });
  }

  /** Runs one of our tools; answers output and exit code, whatever it is. */
  tool(
    host: string,
    tool: 'quipu' | 'fbctl' | 'vlink',
    args: readonly string[],
    input = '',
  ): Promise<ToolResult> {
    const file = join(root, `dist/commands/${tool}/main.js`);
    const child = this.start(host, [process.execPath, file, ...args]);
    child.stdin?.end(input);
    return resultOf(child);
  }

  /** Starts a command in a host; killed, with what it started, at the end of the lab. */
  start(host: string, command: readonly string[]): ChildProcess {
    const [file, ...args] = this.inside(host, command);
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: this.environment(host) });
    this.children.add(child);
    child.on('exit', () => this.children.delete(child));
    return child;
  }

  private environment(host: string): NodeJS.ProcessEnv {
    return { ...process.env, QUIPU_SOCKET: this.socket(host) };
  }

  socket(host: string): string {
    return join(this.directory, `${host}.sock`);
  }

  /** Starts a daemon in a host and waits until it answers. */
  async daemon(host: string, ...options: string[]): Promise<TestDaemon> {
    const child = this.start(host, [process.execPath, quipu, 'up', '--foreground', ...options]);
    const output: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        output.push(`${line}\n`);
        if (line.includes('core up and running!')) resolve();
      });
      child.on('exit', (code) => reject(new Error(`the daemon ended with ${code}: ${output.join('')}`)));
    });
    return new TestDaemon(child, this.socket(host), output);
  }

  /** Sends numbered frames from a device: `count` (0: until stopped) at `rate` a second (0: flat out). */
  flood(host: string, device: string, options: FloodOptions = {}): Load<Flooded> {
    const { kind = 'raw', size = 64, count = 0, rate = 0, mac = NOBODY } = options;
    const args = [device, kind, size, count, rate, mac].map(String);
    return new Load(this.start(host, [process.execPath, join(tools, 'flood.js'), ...args]));
  }

  /** Takes numbered frames at a device until stopped. */
  async collect(host: string, device: string, kind: 'raw' | 'udp' = 'raw'): Promise<Load<Collected>> {
    const load = new Load<Collected>(
      this.start(host, [process.execPath, join(tools, 'collect.js'), device, kind]),
    );
    await load.ready;
    return load;
  }

  /** One of the kernel's counters of a device. */
  counter(host: string, device: string, name: string): number {
    return Number(this.run(host, 'cat', `/sys/class/net/${device}/statistics/${name}`));
  }

  async close(): Promise<void> {
    const ended = [...this.children].map((child) => new Promise((resolve) => child.on('exit', resolve)));
    for (const child of this.children) child.kill('SIGTERM');
    await Promise.race([Promise.all(ended), sleep(5000)]);
    this.closeNow();
    process.off('exit', this.emergency);
  }

  private closeNow(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const name of this.namespaces.splice(0)) {
      try {
        const pids = execFileSync('ip', ['netns', 'pids', this.prefix + name], { encoding: 'utf8' }).trim();
        for (const pid of pids.split('\n').filter((text) => text !== ''))
          process.kill(Number(pid), 'SIGKILL');
        execFileSync('ip', ['netns', 'del', this.prefix + name]);
      } catch {
        // the test runner looks for what is left and fails on it
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface FloodOptions {
  readonly kind?: 'raw' | 'udp' | 'tagged';
  readonly size?: number;
  readonly count?: number;
  readonly rate?: number;
  readonly mac?: string;
}

export interface ToolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for a child's end. */
export function resultOf(child: ChildProcess): Promise<ToolResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** A sender or receiver in a process of its own. Its last line of output is its result. */
export class Load<T> {
  readonly ready: Promise<void>;
  /** Resolves when it has ended. */
  readonly done: Promise<T>;
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    const lines = createInterface({ input: child.stdout! });
    this.ready = new Promise((resolve) => lines.once('line', () => resolve()));
    let last = '';
    let complaint = '';
    lines.on('line', (line) => {
      last = line;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    this.done = new Promise((resolve, reject) => {
      child.on('close', (code) => {
        if (code === 0 && last.startsWith('{')) resolve(JSON.parse(last) as T);
        else reject(new Error(`load ended with ${code}: ${last} ${complaint}`));
      });
    });
    this.done.catch(() => {}); // told to whoever asks for the result
  }

  async stop(): Promise<T> {
    this.child.kill('SIGTERM');
    return this.done;
  }
}

/** A daemon under test. */
export class TestDaemon {
  readonly client: ControlClient;
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly output: string[];

  constructor(child: ChildProcess, socket: string, output: string[]) {
    this.child = child;
    this.output = output;
    this.client = new ControlClient(socket);
    this.pid = child.pid ?? 0; // "ip netns exec" becomes the command, so this is the daemon's own
  }

  get log(): string {
    return this.output.join('');
  }

  async change(...actions: ActionInput[]): Promise<TransactionReport> {
    return this.client.request<TransactionReport>({ op: 'transaction', actions });
  }

  async show(name: string): Promise<BlockView> {
    return this.client.request<BlockView>({ op: 'show', name });
  }

  async status(): Promise<NodeStatus> {
    return this.client.request<NodeStatus>({ op: 'status' });
  }

  /** Ends it and answers its last account. */
  async down(): Promise<NodeStatus> {
    const exited = new Promise((resolve) => this.child.on('exit', resolve));
    const status = await this.client.down<NodeStatus>();
    await exited;
    return status;
  }

  /** Answers its exit code; null when the signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null> {
    return new Promise((resolve) => {
      this.child.on('close', (code) => resolve(code));
      this.child.kill(signal);
    });
  }
}

/** What every account must satisfy. */
export function difference({ totals }: NodeStatus): number {
  return totals.in + totals.created - totals.out - totals.consumed - totals.dropped - totals.held;
}

/** How often frames were dropped for a reason, anywhere or at one block. */
export function dropsFor(status: NodeStatus, reason: string, block?: string): number {
  return status.drops
    .filter((line) => line.reason === reason && (block === undefined || line.block === block))
    .reduce((sum, line) => sum + line.count, 0);
}

/** Asks again and again until the answer is no longer undefined; throws after `limit` milliseconds. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  limit = 10_000,
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await sleep(20);
  }
}

/** The kernel's count of a file of /proc/net/snmp, `Udp` `InDatagrams` say. */
export function snmp(text: string, protocol: string, name: string): number {
  const [names, values] = text.split('\n').filter((line) => line.startsWith(`${protocol}:`));
  return Number(values.split(' ')[names.split(' ').indexOf(name)]);
}
