/** Time that a CPU has spent since boot, in ticks of USER_HZ (100 a second). A guest's time is in `user`. */
export interface CpuTicks {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
}

/** What is read of /proc/stat. A row that the kernel does not have is 0. */
export interface KernelStat {
  /** CPUs that are online, by number. */
  readonly cpus: ReadonlyMap<number, CpuTicks>;
  readonly contextSwitches: number;
  readonly running: number;
  /** Processes that wait for I/O. */
  readonly blocked: number;
}

export function parseStat(text: string): KernelStat {
  const cpus = new Map<number, CpuTicks>();
  const single = new Map<string, number>();
  for (const line of text.split('\n')) {
    // The row `intr` has a column for each of thousands of interrupts.
    if (line.startsWith('intr ')) continue;
    const [name, ...columns] = line.trim().split(/\s+/);
    const cpu = /^cpu([0-9]+)$/.exec(name);
    if (cpu) cpus.set(Number(cpu[1]), ticks(columns));
    else single.set(name, numberOf(columns[0]));
  }
  return {
    cpus,
    contextSwitches: single.get('ctxt') ?? 0,
    running: single.get('procs_running') ?? 0,
    blocked: single.get('procs_blocked') ?? 0,
  };
}

/** Kernels before 2.6.11 have fewer columns. */
function ticks(columns: readonly string[]): CpuTicks {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = Array.from({ length: 8 }, (_, i) =>
    numberOf(columns[i]),
  );
  return { user, nice, system, idle, iowait, irq, softirq, steal };
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}
