import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { promisify } from 'node:util';
import type { HostLookup } from '../host/names.js';

type Told = Parameters<HostLookup>[2];

/** From now on `dns.lookup` finds the addresses that the host finds. What asks servers by itself (`dns.resolve`) does as before. */
export function mapDns(hostLookup: HostLookup): void {
  const lookup = (name: string, given: LookupOptions | number | Told | null, told?: Told) => {
    const family: LookupOptions = typeof given === 'number' ? { family: given } : {};
    const options = typeof given === 'object' && given !== null ? given : family;
    const done = typeof given === 'function' ? given : told;
    if (typeof done !== 'function') {
      throw Object.assign(new TypeError('lookup tells its result to a function'), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
    }
    // `dns.lookup` finds nothing for no name, and does not mind.
    if (!name) process.nextTick(done, null, options.all ? [] : null, options.family === 6 ? 6 : 4);
    else hostLookup(name, options, done);
  };
  const promised = (name: string, given: LookupOptions | number | null = null) =>
    new Promise<LookupAddress | LookupAddress[]>((resolve, reject) => {
      lookup(name, given, (error, found, family) => {
        if (error) reject(error);
        else resolve(Array.isArray(found) ? found : { address: found, family: family ?? 4 });
      });
    });
  dns.lookup = Object.assign(lookup, { [promisify.custom]: promised }) as unknown as typeof dns.lookup;
  dns.promises.lookup = promised as typeof dns.promises.lookup;
}
