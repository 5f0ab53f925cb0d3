import { addressBytes } from './inet-text.js';
import { netError } from './net-errors.js';

/** Finds the address that a name stands for, as `dns.lookup` does; never calls back at once. */
export type HostLookup = (
  name: string,
  options: { readonly family?: number | undefined },
  done: (error: NodeJS.ErrnoException | null, address: string, family: 4 | 6) => void,
) => void;

/** Names and their addresses, like a hosts file: a name may have one of each family. */
export type HostNames = Readonly<Record<string, string | readonly string[]>>;

const LOCALHOST: HostNames = { localhost: ['127.0.0.1', '::1'] };

/** Looks names up in a list, upper and lower case alike; what it has not is asked of `next`, or unknown (ENOTFOUND). */
export function lookupIn(names: HostNames, next?: HostLookup): HostLookup {
  const known = new Map<string, readonly string[]>();
  for (const [name, addresses] of Object.entries({ ...LOCALHOST, ...names })) {
    known.set(name.toLowerCase(), [addresses].flat());
  }
  return (name, options, done) => {
    const wanted = options.family === 6 ? 16 : options.family === 4 ? 4 : 0;
    const addresses = known.get(name.toLowerCase());
    const found = addresses?.find((text) => wanted === 0 || addressBytes(text)?.length === wanted);
    if (addresses === undefined && next) next(name, options, done);
    else if (found === undefined) {
      const error = Object.assign(netError('ENOTFOUND', 'getaddrinfo', undefined, `ENOTFOUND ${name}`), {
        hostname: name,
      });
      process.nextTick(done, error, '', 4);
    } else process.nextTick(done, null, found, addressBytes(found)?.length === 16 ? 6 : 4);
  };
}
