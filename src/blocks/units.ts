import { z } from 'zod';

const RATES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  bit: 1 / 8,
  kbit: 1e3 / 8,
  Mbit: 1e6 / 8,
  Gbit: 1e9 / 8,
};
const SIZES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
const TIMES: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6 };

/** Fastest rate, in bytes per second: beyond it sums in millionths of a byte would no longer be exact. */
export const MAX_RATE = 1e11;
/** Largest burst or queue, in bytes. */
export const MAX_SIZE = 1e9;
/** Longest time, in microseconds: an hour. */
export const MAX_TIME = 3.6e9;

/** A rate: whole bytes per second, or text with a unit (`10Mbit`, `1.5MB/s`), rounded to that. */
export const rateOption = quantity('a rate', 'bytes per second', RATES, 1, MAX_RATE);
/** A number of bytes, or text with a unit (`16kB`). */
export const sizeOption = quantity('a size', 'bytes', SIZES, 1, MAX_SIZE);
/** Microseconds, or text with a unit (`20ms`). */
export const timeOption = quantity('a time', 'microseconds', TIMES, 0, MAX_TIME);
/** The same, but not 0. */
export const periodOption = quantity('a time', 'microseconds', TIMES, 1, MAX_TIME);
/** A probability. */
export const probabilityOption = z.number().min(0).max(1);

/** Starts a sequence of random numbers of the block's own; the same seed, the same sequence. */
export const seedOption = z.int().min(0).max(0xffffffff).optional();

function quantity(
  what: string,
  unit: string,
  units: Readonly<Record<string, number>>,
  min: number,
  max: number,
) {
  return z.union([z.number(), z.string()]).transform((given, context): number => {
    const value = Math.round(typeof given === 'number' ? given : fromText(given, units));
    if (value >= min && value <= max) return value;
    const names = Object.keys(units).join(', ');
    const message = `${JSON.stringify(given)} is not ${what}: ${min} to ${max} ${unit}, or a number with one of ${names}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function fromText(text: string, units: Readonly<Record<string, number>>): number {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)(\/s)?$/.exec(text);
  if (!match || (match[3] && units !== RATES)) return Number.NaN;
  const factor = match[2] === '' ? 1 : Object.hasOwn(units, match[2]) ? units[match[2]] : Number.NaN;
  return Number(match[1]) * factor;
}
