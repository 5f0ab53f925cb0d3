import type { DeviceCounters } from '../linux/procfs/net-dev.js';
import type { CpuTicks } from '../linux/procfs/stat.js';

/** A CPU in a made-up sample: its ticks and interrupts since boot. */
export interface MadeCpu {
  readonly ticks: CpuTicks;
  readonly rxSoftirqs: number;
  readonly txSoftirqs: number;
  /** Hardware interrupts of the first device. */
  readonly interrupts: number;
}

export const idleTicks: CpuTicks = {
  user: 0,
  nice: 0,
  system: 0,
  idle: 0,
  iowait: 0,
  irq: 0,
  softirq: 0,
  steal: 0,
};

export const noCounters: DeviceCounters = {
  rxBytes: 0,
  rxPackets: 0,
  rxErrors: 0,
  rxDrops: 0,
  txBytes: 0,
  txPackets: 0,
  txErrors: 0,
  txDrops: 0,
};

const MEMORY = {
  total: 4_000_000,
  free: 2_000_000,
  available: 2_244_000,
  active: 900_000,
  inactive: 400_000,
  swapTotal: 1_000_000,
  swapFree: 1_000_000,
  swapCached: 0,
};

/** What procfs might say `atMs` milliseconds after some beginning. */
export function procSample(
  atMs: number,
  devices: Readonly<Record<string, DeviceCounters>>,
  cpus: readonly MadeCpu[],
  contextSwitches = 0,
) {
  const [first] = Object.keys(devices);
  const byCpu = (part: (cpu: MadeCpu) => number) => new Map(cpus.map((cpu, i) => [i, part(cpu)]));
  const interrupts = byCpu((cpu) => cpu.interrupts);
  return {
    atMs,
    unixMs: 1_795_000_000_000 + atMs,
    devices: new Map(Object.entries(devices)),
    interrupts: new Map(first === undefined ? [] : [[first, interrupts]]),
    softirqs: { rx: byCpu((cpu) => cpu.rxSoftirqs), tx: byCpu((cpu) => cpu.txSoftirqs) },
    stat: { cpus: new Map(cpus.map(({ ticks }, i) => [i, ticks])), contextSwitches, running: 1, blocked: 0 },
    memory: MEMORY,
    processes: 85,
    engines: [],
  };
}

/** The machine of the seed's example (004 D.2), a second before its screen and at it. */
export function thesisSamples() {
  const eth0 = {
    ...noCounters,
    rxBytes: Math.round(226.372 * 2 ** 20),
    rxPackets: 657_800,
    txBytes: Math.round(12.104 * 2 ** 20),
    txPackets: 101_317,
  };
  const before = {
    ...eth0,
    rxBytes: eth0.rxBytes - 3146,
    rxPackets: 657_780,
    txBytes: eth0.txBytes - 420,
    txPackets: 101_315,
  };
  const cpu = (interrupts: number, counted: number, soft: number, ticks: Partial<CpuTicks>) => ({
    before: { ticks: idleTicks, rxSoftirqs: 0, txSoftirqs: 0, interrupts: interrupts - counted },
    now: { ticks: { ...idleTicks, ...ticks }, rxSoftirqs: soft, txSoftirqs: 0, interrupts },
  });
  const cpus = [
    cpu(158_842, 7, 7, { idle: 200 }),
    cpu(158_704, 8, 8, { system: 1, idle: 199 }),
    cpu(159_393, 3, 3, { user: 1, idle: 199 }),
    cpu(158_710, 3, 4, { user: 10, system: 1, idle: 189 }),
  ];
  const then = procSample(
    0,
    { eth0: before },
    cpus.map((one) => one.before),
    1_000_000,
  );
  const now = procSample(
    1000,
    { eth0 },
    cpus.map((one) => one.now),
    1_002_160,
  );
  return [then, now] as const;
}

/** A machine of any size, all of it busy, at a step of one second each. */
export function busySample(step: number, deviceCount: number, cpuCount: number) {
  const devices = Array.from({ length: deviceCount }, (_, i): [string, DeviceCounters] => [
    i === 0 ? 'eth0' : `veth${(i * 7919) % 100_000}`,
    {
      rxBytes: step * (i + 1) * 1_500_000,
      rxPackets: step * (i + 1) * 1000 + i,
      rxErrors: 0,
      rxDrops: i % 5 === 4 ? step * 12 : 0,
      txBytes: step * (i + 1) * 64_000,
      txPackets: step * (i + 1) * 1000,
      txErrors: i === 3 ? step : 0,
      txDrops: 0,
    },
  ]);
  const cpus = Array.from({ length: cpuCount }, (_, i): MadeCpu => {
    const user = (i * 37) % 60;
    const softirq = (i * 13) % 20;
    return {
      ticks: {
        ...idleTicks,
        user: step * user,
        softirq: step * softirq,
        idle: step * (100 - user - softirq),
      },
      rxSoftirqs: step * (1000 + i),
      txSoftirqs: step * (i % 3),
      interrupts: step * (500 + i),
    };
  });
  return procSample(step * 1000, Object.fromEntries(devices), cpus, step * 25_000);
}
