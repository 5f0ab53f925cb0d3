import { QuipuError } from '../../contract/error.js';
import type { Host } from '../../stack/host.js';
import { addressBytes } from './inet-text.js';

/** `10.0.0.1/24` or `2001:db8::1/64`; without the length, a network of one. Throws QuipuError. */
export function parseNetwork(text: string): { address: Uint8Array; bits: number } {
  const [first, length, ...rest] = text.split('/');
  const address = parseAddress(first);
  const most = address.length * 8;
  if (length === undefined) return { address, bits: most };
  const bits = /^[0-9]{1,3}$/.test(length) ? Number(length) : most + 1;
  if (rest.length > 0 || bits > most) {
    throw new QuipuError(
      'bad-request',
      `${text}: behind the / stands the length of the network, 0 to ${most}`,
    );
  }
  return { address, bits };
}

/** An address, and the number of the interface behind a `%`: `fe80::1%eth0`; 0 without one. Throws QuipuError. */
export function parseZoned(text: string, host: Host): { address: Uint8Array; zone: number } {
  const at = text.indexOf('%');
  if (at < 0) return { address: parseAddress(text), zone: 0 };
  const name = text.slice(at + 1);
  const found = host.interfaces.find((one) => one.name === name);
  if (found === undefined) {
    const names = host.interfaces.map((one) => one.name).join(', ');
    throw new QuipuError('bad-request', `${text}: host ${host.name} has no interface ${name}, only ${names}`);
  }
  return { address: parseAddress(text.slice(0, at)), zone: found.index };
}

/** Throws QuipuError. */
export function parseAddress(text: string): Uint8Array {
  const address = addressBytes(text);
  if (address === null)
    throw new QuipuError('bad-request', `${text} is no IP address: write 10.0.0.1 or 2001:db8::1`);
  return address;
}
