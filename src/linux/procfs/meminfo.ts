/** What is read of /proc/meminfo, in KiB. A row that the kernel does not have is 0. */
export interface Memory {
  readonly total: number;
  readonly free: number;
  /** What could be had without swapping; `free` on kernels before 3.14, which do not tell. */
  readonly available: number;
  readonly active: number;
  readonly inactive: number;
  readonly swapTotal: number;
  readonly swapFree: number;
  readonly swapCached: number;
}

export function parseMeminfo(text: string): Memory {
  const rows = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^([^:\n]+):\s*([0-9]+)/gm)) rows.set(name, Number(value));
  const row = (name: string) => rows.get(name) ?? 0;
  return {
    total: row('MemTotal'),
    free: row('MemFree'),
    available: rows.get('MemAvailable') ?? row('MemFree'),
    active: row('Active'),
    inactive: row('Inactive'),
    swapTotal: row('SwapTotal'),
    swapFree: row('SwapFree'),
    swapCached: row('SwapCached'),
  };
}
