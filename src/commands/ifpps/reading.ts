import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import type { CpuTicks } from '../../linux/procfs/stat.js';
import { counted32, countedOf, ticksSpent } from './counting.js';
import type { EngineCounts, Sample } from './sample.js';

/**
 * `counted`: there since the last sample. `new`: seen for the first time. `reset`: its counters went back, or it had
 * been gone: it was made anew. `gone`: no such device now; its figures are the last ones.
 */
export type DeviceState = 'counted' | 'new' | 'reset' | 'gone';

/** A count since boot, and of it what came since the last sample; null when that cannot be told. */
export interface Count {
  readonly total: number;
  readonly counted: number | null;
}

export interface DeviceReading {
  readonly name: string;
  readonly state: DeviceState;
  readonly totals: DeviceCounters;
  /** Since the last sample; null unless `state` is `counted`. */
  readonly counted: DeviceCounters | null;
  /** Its hardware interrupts, by CPU. */
  readonly interrupts: ReadonlyMap<number, Count>;
  /** When it was found to be gone, as `Sample.atMs`; null while it is there. */
  readonly goneSinceMs: number | null;
}

export interface CpuReading {
  readonly cpu: number;
  /** Ticks spent since the last sample; null for a CPU that was offline then. */
  readonly spent: CpuTicks | null;
  readonly rxSoftirqs: Count;
  readonly txSoftirqs: Count;
}

export interface EngineReading extends EngineCounts {
  /** Since the last sample; null when the daemon was started anew. */
  readonly counted: Pick<EngineCounts, 'frames' | 'bytes' | 'calls'> | null;
}

/** What happened between two samples. All rates are counts over `elapsedMs`, the time that has really gone by. */
export interface Reading {
  readonly sample: Sample;
  /** Null for the first sample: nothing has been counted yet. */
  readonly elapsedMs: number | null;
  readonly devices: readonly DeviceReading[];
  readonly cpus: readonly CpuReading[];
  readonly contextSwitches: number | null;
  readonly engines: readonly EngineReading[];
}

/** How long a device that nobody named is remembered when it is gone. */
const REMEMBERED_MS = 60_000;

/** Reads a sample against the reading before it. `named` devices are kept for ever. */
export function readingOf(sample: Sample, before: Reading | null, named: ReadonlySet<string>): Reading {
  const elapsedMs = before ? sample.atMs - before.sample.atMs : null;
  const known = new Map(before?.devices.map((device) => [device.name, device]));
  const devices = [...sample.devices].map(([name, totals]) =>
    deviceReading(name, totals, known.get(name), sample),
  );
  const isKept = ({ name, goneSinceMs }: DeviceReading) =>
    goneSinceMs === null || named.has(name) || sample.atMs - goneSinceMs < REMEMBERED_MS;
  const gone = [...known.values()].filter((device) => !sample.devices.has(device.name) && isKept(device));
  return {
    sample,
    elapsedMs,
    devices: [...devices, ...gone.map((device) => goneReading(device, sample.atMs))],
    cpus: [...sample.stat.cpus].map(([cpu, ticks]) => cpuReading(cpu, ticks, sample, before?.sample)),
    contextSwitches: before
      ? Math.max(0, sample.stat.contextSwitches - before.sample.stat.contextSwitches)
      : null,
    engines: sample.engines.map((engine) => engineReading(engine, before)),
  };
}

function deviceReading(
  name: string,
  totals: DeviceCounters,
  before: DeviceReading | undefined,
  sample: Sample,
): DeviceReading {
  const counts = sample.interrupts.get(name) ?? new Map<number, number>();
  const interrupts = new Map(
    [...counts].map(([cpu, total]) => [cpu, countOf(total, before?.interrupts.get(cpu)?.total)]),
  );
  const counted = before && before.goneSinceMs === null ? countedOf(before.totals, totals) : null;
  const state = before === undefined ? 'new' : counted === null ? 'reset' : 'counted';
  return { name, state, totals, counted, interrupts, goneSinceMs: null };
}

function goneReading(device: DeviceReading, atMs: number): DeviceReading {
  return {
    ...device,
    state: 'gone',
    counted: null,
    interrupts: new Map(),
    goneSinceMs: device.goneSinceMs ?? atMs,
  };
}

function cpuReading(cpu: number, ticks: CpuTicks, sample: Sample, before: Sample | undefined): CpuReading {
  const last = before?.stat.cpus.get(cpu);
  return {
    cpu,
    spent: last ? ticksSpent(last, ticks) : null,
    rxSoftirqs: countOf(sample.softirqs.rx.get(cpu) ?? 0, before?.softirqs.rx.get(cpu)),
    txSoftirqs: countOf(sample.softirqs.tx.get(cpu) ?? 0, before?.softirqs.tx.get(cpu)),
  };
}

function countOf(total: number, before: number | undefined): Count {
  return { total, counted: before === undefined ? null : counted32(before, total) };
}

function engineReading(now: EngineCounts, before: Reading | null): EngineReading {
  const last = before?.engines.find(({ engine }) => engine === now.engine);
  const hasGoneBack = last !== undefined && (now.frames < last.frames || now.calls < last.calls);
  if (last === undefined || hasGoneBack) return { ...now, counted: null };
  const counted = {
    frames: now.frames - last.frames,
    bytes: now.bytes - last.bytes,
    calls: now.calls - last.calls,
  };
  return { ...now, counted };
}
