/** How fast packets leave, as people write it: rates, gaps, and the CPUs that do the work. Pure. */

/** A part of what `GeneratorPlan.pace` of generator/generator.ts may be. */
export type WrittenPace =
  | { readonly kind: 'full' }
  /** One packet every so many nanoseconds; fractions count. */
  | { readonly kind: 'gap'; readonly nanoseconds: number }
  | { readonly kind: 'packets'; readonly perSecond: number }
  /** Bits of frames as they are handed to the device (no preamble, no FCS). */
  | { readonly kind: 'bits'; readonly perSecond: number };

/** A text that is no rate, gap, number or list of CPUs. The message names the text and what would be right. */
export class PaceError extends Error {
  override readonly name = 'PaceError';
}

const packets: Readonly<Record<string, number>> = { pps: 1, kpps: 1e3, Mpps: 1e6, Gpps: 1e9 };

/** In bits. `k` and `M` are decimal, `Ki` and `Mi` binary. */
const volumes: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  Mbit: 1e6,
  Gbit: 1e9,
  B: 8,
  kB: 8e3,
  MB: 8e6,
  GB: 8e9,
  KiB: 8 * 2 ** 10,
  MiB: 8 * 2 ** 20,
  GiB: 8 * 2 ** 30,
};

/** In nanoseconds. */
const times: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** Bounds of what is taken: beyond, a slip of the pen is likelier. */
const MOST_PER_SECOND = 1e12;
const LONGEST_GAP = 86_400e9;
const LEAST = 1e-6;

/**
 * `20kpps`, `1.5Mbit`, `80MB` or `2MiB` (both bytes a second), with `/s` behind it if one likes; `full` and 0 mean as
 * fast as it goes. Throws PaceError.
 */
export function parseRate(text: string): WrittenPace {
  const trimmed = text.trim();
  if (trimmed === 'full') return { kind: 'full' };
  const { value, unit } = split(trimmed) ?? wrongRate(text);
  const bare = unit.replace(/\/s$/, '');
  const kind = Object.hasOwn(packets, bare) ? 'packets' : 'bits';
  const factor = kind === 'packets' ? packets[bare] : own(volumes, bare);
  if (factor === undefined) wrongRate(text);
  if (value === 0) return { kind: 'full' };
  const perSecond = value * factor;
  if (perSecond < LEAST) throw new PaceError(`${quote(text)} is less than one in eleven days`);
  if (perSecond <= MOST_PER_SECOND) return { kind, perSecond };
  throw new PaceError(
    `${quote(text)} is more than 1 terabit or 10^12 packets a second; write "full" for no limit`,
  );
}

/** `50us`, `1.5ms`, `2s`, `800ns`; microseconds without a unit; 0 means as fast as it goes. Throws PaceError. */
export function parseGap(text: string): WrittenPace {
  const { value, unit } = split(text.trim()) ?? wrongGap(text);
  const factor = unit === '' ? times.us : own(times, unit);
  if (factor === undefined) wrongGap(text);
  if (value === 0) return { kind: 'full' };
  const nanoseconds = value * factor;
  if (nanoseconds < LEAST) throw new PaceError(`a gap of ${quote(text)} is too short; write 0 for none`);
  if (nanoseconds <= LONGEST_GAP) return { kind: 'gap', nanoseconds };
  throw new PaceError(`a gap of ${quote(text)} is longer than a day`);
}

/**
 * A whole number of packets or a seed: digits, `0x` and hexadecimal ones, or digits and one of `k M G` (thousands).
 * Throws PaceError that says `what` it was to be and the range.
 */
export function parseWhole(text: string, what: string, least: number, most: number): number {
  const match = /^(?:(0x[0-9a-f]+)|([0-9]+)([kMG]?))$/i.exec(text.trim());
  const factor = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[(match?.[3] ?? '').toLowerCase()] ?? 1;
  const value = match ? Number(match[1] ?? match[2]) * factor : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new PaceError(`${what}: ${quote(text)} is not a whole number from ${least} to ${most}`);
}

/** Highest CPU number that a list may name (the kernel's NR_CPUS on the largest machines). */
const LAST_CPU = 8191;

/** `0`, `0,2`, `0-3,6`: each CPU once, in the order written. Throws PaceError. */
export function parseCpus(text: string): number[] {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^([0-9]{1,4})(?:-([0-9]{1,4}))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last > LAST_CPU || first > last) {
      throw new PaceError(
        `${quote(text)} is no list of CPUs: write numbers and ranges from 0, as in "0,2-3"`,
      );
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus];
}

/** The pace as it would be written: `parseRate` (or, for a gap, `parseGap`) of it gives the same again. */
export function paceText(pace: WrittenPace): string {
  switch (pace.kind) {
    case 'full':
      return 'full';
    case 'gap':
      return scaled(pace.nanoseconds, ['s', 'ms', 'us'], times) ?? `${decimal(pace.nanoseconds)}ns`;
    case 'packets':
      return scaled(pace.perSecond, ['Gpps', 'Mpps', 'kpps'], packets) ?? `${decimal(pace.perSecond)}pps`;
    case 'bits':
      return scaled(pace.perSecond, ['Gbit', 'Mbit', 'kbit'], volumes) ?? `${decimal(pace.perSecond)}bit`;
  }
}

/** In the largest unit that neither changes the number nor makes it less than 1; undefined when there is none. */
function scaled(
  value: number,
  units: readonly string[],
  factors: Readonly<Record<string, number>>,
): string | undefined {
  for (const unit of units) {
    const text = decimal(value / factors[unit]);
    if (value >= factors[unit] && text.length <= 12 && Number(text) * factors[unit] === value)
      return text + unit;
  }
  return undefined;
}

/** Without an exponent, which `split` does not take. */
function decimal(value: number): string {
  const short = String(value);
  return short.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : short;
}

/** A number, `0x` or decimal with a fraction, and what stands behind it. */
function split(text: string): { readonly value: number; readonly unit: string } | undefined {
  const match = /^(0x[0-9a-fA-F]+|[0-9]{1,30}(?:\.[0-9]{1,30})?)\s*(.*)$/.exec(text);
  return match ? { value: Number(match[1]), unit: match[2] } : undefined;
}

function own(table: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function wrongRate(text: string): never {
  const units = [...Object.keys(packets), ...Object.keys(volumes)].join(' ');
  throw new PaceError(`${quote(text)} is no rate: write a number and one of ${units}, or "full"`);
}

function wrongGap(text: string): never {
  throw new PaceError(`${quote(text)} is no gap: write a number and one of s ms us ns (us without a unit)`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
