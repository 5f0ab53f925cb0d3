import type { Memory } from '../../linux/procfs/meminfo.js';
import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import type { NetSoftirqs } from '../../linux/procfs/softirqs.js';
import type { KernelStat } from '../../linux/procfs/stat.js';

/** What an engine of the daemon has done so far. */
export interface EngineCounts {
  readonly engine: number;
  readonly frames: number;
  readonly bytes: number;
  /** Calls of a block's `receive`. */
  readonly calls: number;
  /** Copies that wait for their turn now. */
  readonly backlog: number;
}

/** Counters at one moment. */
export interface Sample {
  /** CLOCK_MONOTONIC in milliseconds. */
  readonly atMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly unixMs: number;
  /** Interfaces, or links of the daemon, by name. */
  readonly devices: ReadonlyMap<string, DeviceCounters>;
  /** Hardware interrupts by device and CPU; devices that have none are not in it. */
  readonly interrupts: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly softirqs: NetSoftirqs;
  readonly stat: KernelStat;
  readonly memory: Memory;
  readonly processes: number;
  /** Engines of the daemon; empty without one. */
  readonly engines: readonly EngineCounts[];
}

/** Where samples come from. */
export interface SampleSource {
  /** Throws QuipuError. */
  sample(): Promise<Sample>;
  close(): void;
}
