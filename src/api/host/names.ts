import type { LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressBytes } from './inet-text.js';
import { netError } from './net-errors.js';

/** Finds the addresses that a name stands for, in the shape of `dns.lookup`: one of them, or all. Never calls back at once. */
export type HostLookup = LookupFunction;

/** Names and their addresses, like a hosts file: a name may have any number of them. */
export type HostNames = Readonly<Record<string, string | readonly string[]>>;

const LOCALHOST: HostNames = { localhost: ['127.0.0.1', '::1'] };

/** What libuv numbers these errors. */
const ERROR_NUMBERS = { ENOTFOUND: -3008, EAI_AGAIN: -3001 };

/** Looks names up in a list, upper and lower case alike; what it has not is asked of `next`, or unknown (ENOTFOUND). */
export function lookupIn(names: HostNames, next?: HostLookup): HostLookup {
  const known = new Map<string, readonly string[]>();
  for (const [name, addresses] of Object.entries({ ...LOCALHOST, ...names })) {
    known.set(name.toLowerCase(), [addresses].flat());
  }
  return (name, options, done) => {
    const plain = name.toLowerCase().replace(/\.$/, '');
    // Names below it are the host itself too, and nobody else's business (RFC 6761 §6.3).
    const listed = known.get(plain) ?? (plain.endsWith('.localhost') ? known.get('localhost') : undefined);
    const addresses = addressBytes(name) === null ? listed : [name];
    const family = familyOf(options);
    const found = addresses?.filter((text) => family === 0 || familyOfAddress(text) === family) ?? [];
    if (addresses === undefined && next) next(name, options, done);
    else if (found.length === 0) process.nextTick(done, lookupError('ENOTFOUND', name), '', 4);
    else tellFound(found, options, done);
  };
}

/** The family asked for; 0: any. */
export function familyOf({ family }: LookupOptions): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}

/** Tells, soon, the first address, or all where all are asked for. There is one at least. */
export function tellFound(
  addresses: readonly string[],
  { all }: LookupOptions,
  done: Parameters<HostLookup>[2],
): void {
  const list = addresses.map((address) => ({ address, family: familyOfAddress(address) }));
  if (all) process.nextTick(done, null, list);
  else process.nextTick(done, null, list[0].address, list[0].family);
}

/** An error as `dns.lookup` gives it. */
export function lookupError(code: 'ENOTFOUND' | 'EAI_AGAIN', name: string): NodeJS.ErrnoException {
  const error = netError(code, 'getaddrinfo', undefined, `${code} ${name}`);
  return Object.assign(error, { errno: ERROR_NUMBERS[code], hostname: name });
}

function familyOfAddress(text: string): 4 | 6 {
  return addressBytes(text)?.length === 16 ? 6 : 4;
}
