import { Alu } from '../opcodes.js';
import { all, any, type Condition, not, test } from './condition.js';
import type { Family } from './syntax.js';
import type { Value, Values } from './values.js';

/** EtherTypes. */
export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;
/** Next header of an IPv6 fragment header. */
const FRAGMENT = 44;

/** Where the EtherType of an Ethernet frame with so many VLAN tags lies. */
export function typeAt(tags: number): number {
  return 12 + 4 * tags;
}

/** Where what it carries begins. */
export function networkAt(tags: number): number {
  return 14 + 4 * tags;
}

export function etherType(values: Values, type: number, tags: number): Condition {
  return is(values, values.load(2, typeAt(tags)), type);
}

/** The protocol field of IPv4; the next header of IPv6, or that behind a fragment header right there. */
export function ipProtocol(values: Values, family: Family, protocol: number, tags: number): Condition {
  const base = networkAt(tags);
  const next = values.load(1, base + 6);
  const version4 = all(etherType(values, IPV4, tags), is(values, values.load(1, base + 9), protocol));
  const fragment = all(is(values, next, FRAGMENT), is(values, values.load(1, base + 40), protocol));
  const version6 = all(etherType(values, IPV6, tags), any(is(values, next, protocol), fragment));
  return family === 'ip' ? version4 : family === 'ip6' ? version6 : any(version4, version6);
}

/** True for whole IPv4 packets and first fragments: what else is IP has no transport header. */
export function notFragment(values: Values, tags: number): Condition {
  return not(test(values, values.load(2, networkAt(tags) + 6), 'common', values.constant(0x1fff)));
}

/** Some of its bits. */
export function masked(values: Values, value: Value, mask: number): Value {
  return values.operation(Alu.and, value, values.constant(mask));
}

export function is(values: Values, value: Value, k: number): Condition {
  return test(values, value, 'equal', values.constant(k));
}
