import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '../../src/contract/frame.js';
import type { Link, LinkContext } from '../../src/contract/link.js';
import { Pool, type PoolOptions, poolBytes } from '../../src/engine/pool.js';
import { openAfPacket } from '../../src/links/af-packet/link.js';
import { systemClock } from '../../src/linux/clock.js';
import { reserveMemory } from '../../src/linux/mapped-memory.js';
import { withNamespace } from '../../src/linux/netns.js';

let rigs = 0;

/** Two namespaces joined by veth: va (10.99.0.1, fd99::1) in a, vb (10.99.0.2, fd99::2) in b. */
export class Rig {
  readonly a: string;
  readonly b: string;
  private readonly children: ChildProcess[] = [];
  private readonly links: Link[] = [];

  constructor(options: { quiet?: boolean; v6?: boolean } = {}) {
    const id = `quipu-${process.pid}-${rigs++}`;
    this.a = `${id}-a`;
    this.b = `${id}-b`;
    try {
      for (const ns of [this.a, this.b]) {
        ip('netns', 'add', ns);
        if (!options.v6) this.in(ns, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
        ip('-n', ns, 'link', 'set', 'lo', 'up');
      }
      // Equal indexes on both sides would make the kernel notice the carrier up to a second later
      // (linkwatch takes the device for one without a peer).
      const a = ['va', 'index', '11', 'netns', this.a];
      ip('link', 'add', ...a, 'type', 'veth', 'peer', 'name', 'vb', 'index', '12', 'netns', this.b);
      for (const [ns, dev, last] of [
        [this.a, 'va', 1],
        [this.b, 'vb', 2],
      ] as const) {
        if (options.quiet) ip('-n', ns, 'link', 'set', dev, 'arp', 'off');
        ip('-n', ns, 'addr', 'add', `10.99.0.${last}/24`, 'dev', dev);
        if (options.v6) ip('-n', ns, 'addr', 'add', `fd99::${last}/64`, 'dev', dev, 'nodad');
        ip('-n', ns, 'link', 'set', dev, 'up');
      }
      // Until the carrier has been noticed a device swallows what is sent.
      for (const ns of [this.a, this.b]) {
        for (let i = 0; !ip('-n', ns, 'link', 'show', 'up').includes('state UP'); i++) {
          if (i > 1000) throw new Error('the veth pair does not come up');
        }
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  in(ns: string, ...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', ns, ...command], { encoding: 'utf8' });
  }

  spawnIn(ns: string, ...command: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', ns, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    return child;
  }

  open<T>(ns: string, action: () => T): T {
    return withNamespace(`/run/netns/${ns}`, action);
  }

  /** Opens a link in a namespace, which is closed with the rig. */
  link<T extends Link>(ns: string, open: () => T): T {
    const link = this.open(ns, open);
    this.links.push(link);
    return link;
  }

  /** Opens an af-packet link in a namespace, which is closed with the rig. */
  packets(ns: string, device: string, context: LinkContext, options: object = {}): Link {
    return this.link(ns, () => openAfPacket({ kind: 'af-packet', device, ...options }, context));
  }

  close(): void {
    for (const link of this.links) link.close();
    for (const child of this.children) child.kill('SIGKILL');
    for (const ns of [this.a, this.b]) {
      try {
        ip('netns', 'del', ns);
      } catch {
        // never made
      }
    }
  }
}

export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A pool with room for rings, and what else a link is given. */
export function newContext(options: PoolOptions = {}): LinkContext & { pool: Pool } {
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed;
  };
  const all = { size: 512, ...options };
  const memory = reserveMemory(poolBytes(all) + (256 << 20));
  if (memory === null) throw new Error('no memory for a pool');
  return { pool: new Pool({ memory, ...all }), clock: systemClock, random };
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits for the first line of a child's output. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    child.stdout?.on('data', (chunk) => done(String(chunk).trim()));
    child.once('exit', () => failed(new Error('the child ended without a word')));
  });
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => (child.exitCode !== null ? done(child.exitCode) : child.once('exit', done)));
}

/** Reads until nothing has come for `quietMs`; hands each frame to `each` and gives it back to the pool. */
export async function drain(
  link: Link,
  pool: Pool,
  each: (frame: Frame) => void,
  options: { quietMs?: number; max?: number; until?: (total: number) => boolean } = {},
): Promise<number> {
  const into: Frame[] = [];
  let total = 0;
  let last = performance.now();
  while (performance.now() - last < (options.quietMs ?? 50) || (options.until && !options.until(total))) {
    if (performance.now() - last > 8000) throw new Error(`only ${total} frames came`);
    const n = link.receive(into, options.max ?? 64);
    for (let i = 0; i < n; i++) {
      each(into[i]);
      pool.release(into[i] as Parameters<Pool['release']>[0]);
    }
    total += n;
    if (n > 0) last = performance.now();
    else await sleep(1);
  }
  return total;
}

/** For `drain`: a busy machine may take a while until so many frames are there. */
export const reaching = (count: number) => ({ until: (total: number) => total >= count });

/** Sends all of these bytes as frames, over and over while the link is full; answers how many went. */
export async function sendAll(link: Link, pool: Pool, list: readonly Uint8Array[]): Promise<number> {
  let sent = 0;
  for (const bytes of list) {
    const frame = pool.allocate();
    if (frame === null || !frame.fill(bytes)) throw new Error('no room for a test frame');
    for (let tries = 0; link.send([frame], 0, 1) === 0; tries++) {
      if (link.stopped !== 1 || tries > 1000) throw new Error(`not sent: ${link.lastError}`);
      await sleep(1);
    }
    sent++;
    pool.release(frame);
  }
  return sent;
}

export function bytesOf(frame: Frame): Buffer {
  return Buffer.from(frame.bytes.subarray(frame.start, frame.start + frame.length));
}

/** An Ethernet frame with our test type, a number, and bytes that depend on both. */
export function testFrame(number: number, length: number, type = 0x88b5): Buffer {
  const frame = Buffer.alloc(length);
  for (let i = 18; i < length; i++) frame[i] = (Math.imul(i, 31) + Math.imul(number, 7)) & 0xff;
  frame.set([0x02, 0, 0, 0, 0, 0xbb, 0x02, 0, 0, 0, 0, 0xaa]);
  frame.writeUInt16BE(type, 12);
  if (length >= 18) frame.writeUInt32BE(number, 14);
  return frame;
}

const root = new URL('../..', import.meta.url).pathname;

/** Compiles some of our sources for a child process of plain Node; `url` of the result, to be removed at the end. */
export function compile(...sources: string[]): { path(source: string): string; remove(): void } {
  const out = mkdtempSync(join(root, 'node_modules', '.quipu-test-'));
  chmodSync(out, 0o755); // a child without privileges reads it too
  const options = [
    '--noEmit',
    'false',
    '--outDir',
    out,
    '--rootDir',
    join(root, 'src'),
    '--module',
    'nodenext',
  ];
  const rest = ['--target', 'es2022', '--skipLibCheck', '--types', 'node', '--ignoreConfig'];
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc'),
      ...options,
      ...rest,
      ...sources.map((s) => join(root, 'src', s)),
    ],
    { cwd: root, encoding: 'utf8' },
  );
  return {
    path: (source) => join(out, source.replace(/\.ts$/, '.js')),
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}
