import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { QuipuError } from '../../contract/error.js';
import { type InterruptRow, parseInterrupts } from './interrupts.js';
import { type Memory, parseMeminfo } from './meminfo.js';
import { type DeviceCounters, parseNetDev } from './net-dev.js';
import { countProcesses } from './processes.js';
import { type NetSoftirqs, parseSoftirqs } from './softirqs.js';
import { type KernelStat, parseStat } from './stat.js';

/** What the kernel said at one moment. */
export interface ProcSnapshot {
  /** CLOCK_MONOTONIC in milliseconds, when the devices' counters were read. */
  readonly atMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly unixMs: number;
  readonly devices: ReadonlyMap<string, DeviceCounters>;
  readonly stat: KernelStat;
  readonly interrupts: readonly InterruptRow[];
  readonly softirqs: NetSoftirqs;
  readonly memory: Memory;
  readonly processes: number;
}

/** Files besides net/dev; where the kernel lacks one, what it tells is empty. */
const OPTIONAL = ['stat', 'interrupts', 'softirqs', 'meminfo'] as const;

/**
 * Reads the kernel's statistics of network and CPUs from procfs and nothing else. The files stay open, so a reading
 * is a few preads; devices are those of the network namespace in which it was made. Throws QuipuError.
 */
export class ProcReader {
  private readonly netDev: number;
  private readonly others = new Map<string, number>();
  private readonly root: string;
  private buffer = Buffer.allocUnsafe(64 << 10);

  constructor(root = '/proc') {
    this.root = root;
    this.netDev = openFile(`${root}/net/dev`);
    for (const name of OPTIONAL) {
      try {
        this.others.set(name, openSync(`${root}/${name}`, 'r'));
      } catch {
        // containers and other kernels lack some
      }
    }
  }

  /** `wanted` picks the interrupts whose counts are wanted, by label and description. */
  read(wanted: (label: string, description: string) => boolean): ProcSnapshot {
    const netDev = this.textOf(this.netDev);
    const [atMs, unixMs] = [performance.now(), Date.now()];
    return {
      atMs,
      unixMs,
      devices: parseNetDev(netDev),
      stat: parseStat(this.optional('stat')),
      interrupts: parseInterrupts(this.optional('interrupts'), wanted),
      softirqs: parseSoftirqs(this.optional('softirqs')),
      memory: parseMeminfo(this.optional('meminfo')),
      processes: countProcesses(readdirSync(this.root)),
    };
  }

  /** Names of the devices that there are now. */
  deviceNames(): string[] {
    return [...parseNetDev(this.textOf(this.netDev)).keys()];
  }

  close(): void {
    for (const fd of [this.netDev, ...this.others.values()]) closeSync(fd);
    this.others.clear();
  }

  private optional(name: (typeof OPTIONAL)[number]): string {
    const fd = this.others.get(name);
    return fd === undefined ? '' : this.textOf(fd);
  }

  /** The file from its beginning: a read of procfs answers a page or so. */
  private textOf(fd: number): string {
    let length = 0;
    for (;;) {
      const got = readSync(fd, this.buffer, length, this.buffer.length - length, length);
      if (got === 0) return this.buffer.toString('utf8', 0, length);
      length += got;
      if (length === this.buffer.length) this.grow();
    }
  }

  private grow(): void {
    const wider = Buffer.allocUnsafe(this.buffer.length * 2);
    this.buffer.copy(wider);
    this.buffer = wider;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new QuipuError('no-support', `cannot read ${path} (${code}): procfs must be mounted at /proc`);
  }
}
