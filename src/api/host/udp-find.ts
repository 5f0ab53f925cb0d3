import type { UdpService } from '../../stack/blocks/udp.js';
import type { UdpEnd } from '../../stack/udp/socket.js';
import type { HostDriver } from './driver.js';
import { addressBytes } from './inet-text.js';
import { type HostLookup, lookupError } from './names.js';
import { udpError } from './udp-errors.js';

/** An address found for a text, and the number of its interface where that was named. */
export type Found = Pick<UdpEnd, 'address' | 'zone'>;

/** What is asked. */
interface Finder {
  readonly service: Pick<UdpService, 'interfaceOf'>;
  readonly driver: Pick<HostDriver, 'tell'>;
  readonly lookup: HostLookup | undefined;
  /** Bytes of an address: 4 or 16. */
  readonly addressLength: 4 | 16;
}

/**
 * Tells, never at once, the address that a text stands for: itself, an interface's name behind a `%` where that is needed, or
 * what the lookup finds. Null for an empty text: any.
 */
export function findEnd(
  text: string,
  { service, driver, lookup, addressLength }: Finder,
  told: (error: Error | null, found: Found | null) => void,
): void {
  const isFour = addressLength === 4;
  const [known, zoneName] = (text === 'localhost' ? (isFour ? '127.0.0.1' : '::1') : text).split('%');
  const zone = zoneName === undefined ? 0 : service.interfaceOf(zoneName);
  const address = addressBytes(known);
  if (known === '') driver.tell(() => told(null, null));
  else if (address !== null) {
    const isRight = address.length === addressLength && (zoneName === undefined || zone > 0);
    driver.tell(() => told(isRight ? null : udpError('EINVAL', `address ${text}`), { address, zone }));
  } else if (lookup) {
    lookup(known, { family: isFour ? 4 : 6 }, (error, found) => {
      const bytes = error === null && typeof found === 'string' ? addressBytes(found) : null;
      told(error, bytes === null ? null : { address: bytes, zone: 0 });
    });
  } else driver.tell(() => told(lookupError('ENOTFOUND', text), null));
}
