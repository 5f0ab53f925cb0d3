import { addressBytes } from '../inet-text.js';
import type { HostNames } from '../names.js';

/**
 * Names and their addresses from the text of a hosts file (hosts(5)): an address and its names on each line, and comments
 * behind `#`. Lines that cannot be read are passed over, as everybody does; so are addresses with a zone.
 */
export function parseHosts(text: string): HostNames {
  const found = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (addressBytes(address) === null) continue;
    for (const name of names) {
      const known = found.get(name.toLowerCase());
      if (known === undefined) found.set(name.toLowerCase(), [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return Object.fromEntries(found);
}
