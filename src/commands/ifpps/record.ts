import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import { perSecond, ratesOf, sharesOf } from './counting.js';
import type { Count, CpuReading, DeviceReading, EngineReading, Reading } from './reading.js';
import type { IfppsRecord } from './record-schema.js';

/** What a reading is as a line of `--json`; `devices` are those that the user asked for. */
export function recordOf(reading: Reading, devices: readonly DeviceReading[]): IfppsRecord {
  const { sample, contextSwitches } = reading;
  const elapsedMs = reading.elapsedMs ?? 0;
  const { memory, stat, processes } = sample;
  return {
    time: sample.unixMs / 1000,
    seconds: elapsedMs / 1000,
    interfaces: devices.map((device) => interfaceOf(device, elapsedMs)),
    cpus: reading.cpus.map((cpu) => cpuOf(cpu, elapsedMs)),
    system: {
      contextSwitchesPerSecond: contextSwitches === null ? null : perSecond(contextSwitches, elapsedMs),
      processes,
      running: stat.running,
      waitingForIo: stat.blocked,
    },
    memory: {
      total: memory.total * 1024,
      free: memory.free * 1024,
      available: memory.available * 1024,
      swapTotal: memory.swapTotal * 1024,
      swapFree: memory.swapFree * 1024,
    },
    ...(reading.engines.length > 0
      ? { engines: reading.engines.map((engine) => engineOf(engine, elapsedMs)) }
      : {}),
  };
}

function interfaceOf(device: DeviceReading, elapsedMs: number): IfppsRecord['interfaces'][number] {
  const { name, state, totals, counted, interrupts } = device;
  return {
    name,
    state,
    ...waysOf(totals),
    counted: counted && waysOf(counted),
    perSecond: counted && waysOf(ratesOf(counted, elapsedMs)),
    interrupts: [...interrupts].map(([cpu, count]) => ({ cpu, ...countOf(count, elapsedMs) })),
  };
}

function cpuOf(
  { cpu, spent, rxSoftirqs, txSoftirqs }: CpuReading,
  elapsedMs: number,
): IfppsRecord['cpus'][number] {
  return {
    cpu,
    percent: spent && sharesOf(spent),
    rxSoftirqs: countOf(rxSoftirqs, elapsedMs),
    txSoftirqs: countOf(txSoftirqs, elapsedMs),
  };
}

function engineOf(
  { engine, frames, bytes, calls, backlog, counted }: EngineReading,
  elapsedMs: number,
): NonNullable<IfppsRecord['engines']>[number] {
  const rates = counted && {
    frames: perSecond(counted.frames, elapsedMs),
    bytes: perSecond(counted.bytes, elapsedMs),
    calls: perSecond(counted.calls, elapsedMs),
  };
  return { engine, frames, bytes, calls, backlog, perSecond: rates };
}

function countOf({ total, counted }: Count, elapsedMs: number): { total: number; perSecond: number | null } {
  return { total, perSecond: counted === null ? null : perSecond(counted, elapsedMs) };
}

function waysOf(counters: DeviceCounters): Pick<IfppsRecord['interfaces'][number], 'rx' | 'tx'> {
  const { rxBytes, rxPackets, rxDrops, rxErrors, txBytes, txPackets, txDrops, txErrors } = counters;
  return {
    rx: { bytes: rxBytes, packets: rxPackets, drops: rxDrops, errors: rxErrors },
    tx: { bytes: txBytes, packets: txPackets, drops: txDrops, errors: txErrors },
  };
}
