import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import type { CpuTicks } from '../../linux/procfs/stat.js';

const TURN = 2 ** 32;

/** What a counter of 32 bits has counted, over its turn; null when it went back for another reason. */
export function counted32(before: number, now: number): number | null {
  if (now >= before) return now - before;
  const counted = now + TURN - before;
  return before < TURN && counted < TURN / 2 ? counted : null;
}

/** Longest frame that a device may count, with offloads. */
const LONGEST_FRAME = 512 * 1024;

/**
 * What a device has counted; null when a counter went back: the device was made anew, or its counters were cleared.
 * Drivers that count in 32 bits turn over: that is seen for bytes, the counter that does so every few seconds, where
 * packets were counted that the bytes would fit.
 */
export function countedOf(before: DeviceCounters, now: DeviceCounters): DeviceCounters | null {
  const rxPackets = now.rxPackets - before.rxPackets;
  const txPackets = now.txPackets - before.txPackets;
  const rxBytes = bytesCounted(before.rxBytes, now.rxBytes, rxPackets);
  const txBytes = bytesCounted(before.txBytes, now.txBytes, txPackets);
  if (rxBytes === null || txBytes === null) return null;
  const counted = {
    rxBytes,
    rxPackets,
    rxErrors: now.rxErrors - before.rxErrors,
    rxDrops: now.rxDrops - before.rxDrops,
    txBytes,
    txPackets,
    txErrors: now.txErrors - before.txErrors,
    txDrops: now.txDrops - before.txDrops,
  };
  return Object.values(counted).some((count) => count < 0) ? null : counted;
}

function bytesCounted(before: number, now: number, packets: number): number | null {
  if (now >= before) return now - before;
  const counted = now + TURN - before;
  return before < TURN && counted <= packets * LONGEST_FRAME ? counted : null;
}

/** A count as a rate, per second. */
export function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (count * 1000) / elapsedMs : 0;
}

/** What a device has counted, as rates per second. */
export function ratesOf(counted: DeviceCounters, elapsedMs: number): DeviceCounters {
  return mapCounters(counted, (name) => perSecond(counted[name], elapsedMs));
}

/** What has been counted since; nothing for a counter that is behind. */
export function countersSince(from: DeviceCounters, now: DeviceCounters): DeviceCounters {
  return mapCounters(now, (name) => Math.max(0, now[name] - from[name]));
}

function mapCounters(like: DeviceCounters, value: (name: keyof DeviceCounters) => number): DeviceCounters {
  const names = Object.keys(like) as (keyof DeviceCounters)[];
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<keyof DeviceCounters, number>;
}

/** Ticks between two looks. Idle and I/O wait may go back a tick or two (proc(5)): that counts as none. */
export function ticksSpent(before: CpuTicks, now: CpuTicks): CpuTicks {
  const spent = (name: keyof CpuTicks) => Math.max(0, now[name] - before[name]);
  return {
    user: spent('user'),
    nice: spent('nice'),
    system: spent('system'),
    idle: spent('idle'),
    iowait: spent('iowait'),
    irq: spent('irq'),
    softirq: spent('softirq'),
    steal: spent('steal'),
  };
}

/** How a CPU has spent its time, in percent; they add up to 100, or all are 0 when no tick went by. */
export interface CpuShares {
  readonly usr: number;
  readonly sys: number;
  /** In interrupts, hardware and software ones: where most of receiving is done. */
  readonly intr: number;
  readonly idl: number;
  readonly iow: number;
  /** Taken by the host of a virtual machine. */
  readonly stl: number;
}

export function sharesOf(spent: CpuTicks): CpuShares {
  const { user, nice, system, idle, iowait, irq, softirq, steal } = spent;
  const total = user + nice + system + idle + iowait + irq + softirq + steal;
  const share = (ticks: number) => (total === 0 ? 0 : (100 * ticks) / total);
  return {
    usr: share(user + nice),
    sys: share(system),
    intr: share(irq + softirq),
    idl: share(idle),
    iow: share(iowait),
    stl: share(steal),
  };
}
