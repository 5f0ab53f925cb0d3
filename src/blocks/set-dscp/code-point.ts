import { QuipuError } from '../../contract/error.js';

/** EF: RFC 3246, VA: RFC 5865, LE: RFC 8622. */
const SINGLE: Readonly<Record<string, number>> = { EF: 46, VA: 44, LE: 1, BE: 0, DF: 0 };

/** A code point by its number or name. Class selectors: RFC 2474 §4.2.2; AFxy is 8x + 2y (RFC 2597 §6). */
export function codePoint(value: number | string): number {
  if (typeof value === 'number') return value;
  const name = value.toUpperCase();
  if (Object.hasOwn(SINGLE, name)) return SINGLE[name];
  const selector = /^CS([0-7])$/.exec(name);
  if (selector) return 8 * Number(selector[1]);
  const assured = /^AF([1-4])([1-3])$/.exec(name);
  if (assured) return 8 * Number(assured[1]) + 2 * Number(assured[2]);
  const number = /^(0|[1-9][0-9]?)$/.test(name) ? Number(name) : 64;
  if (number < 64) return number;
  throw new QuipuError('bad-config', `dscp: "${value}" is neither 0 to 63 nor a name such as EF, AF41, CS1`);
}
