import { QuipuError } from '../../../contract/error.js';
import type { AddressOptions } from '../../../stack/addresses.js';
import { type Host, isGroup } from '../../../stack/host.js';
import type { HostInterface } from '../../../stack/interface.js';
import { parseAddress, parseNetwork } from '../address-text.js';
import { addressText } from '../inet-text.js';

/** The interface of this name; `lo` is the host's way to itself. Throws QuipuError that names those there are. */
export function interfaceNamed(host: Host, name: string): HostInterface {
  const all = [host.loopback, ...host.interfaces].filter(({ isGone }) => !isGone);
  const found = all.find((one) => one.name === name);
  if (found) return found;
  const names = all.map((one) => one.name).join(', ');
  throw new QuipuError('unknown-name', `host ${host.name} has no interface ${name}, only ${names}`);
}

/** Gives an interface an address, `10.0.0.1/24`. Throws QuipuError. */
export function addAddress(
  host: Host,
  at: HostInterface,
  text: string,
  check: 'before' | 'meanwhile' | 'off',
): void {
  const { address, bits } = parseNetwork(text);
  if (!text.includes('/')) {
    const usual = address.length === 4 ? 24 : 64;
    throw new QuipuError(
      'bad-request',
      `${text}: say how long its network is, as in ${text}/${usual}; ${text}/${address.length * 8} is a network of one`,
    );
  }
  if (isGroup(address, 0, address.length) || address.every((byte) => byte === 0)) {
    throw new QuipuError('bad-request', `${text} is the address of no single host`);
  }
  const options: AddressOptions = check === 'off' || at.index === 0 ? {} : { check };
  if (host.addAddress(at, address, bits, options)) return;
  const has = host.addressOf(address);
  const why =
    has?.record.state === 'duplicate' ? `lost it to another host: remove it first` : 'has it already';
  throw new QuipuError(
    'name-taken',
    `host ${host.name} cannot have ${addressText(address)}: ${has?.interface.name} ${why}`,
  );
}

/** Takes an address away, whatever its origin. Throws QuipuError that names those there are. */
export function removeAddress(host: Host, at: HostInterface, text: string): void {
  const { address } = text.includes('/') ? parseNetwork(text) : { address: parseAddress(text) };
  if (host.removeAddress(at, address)) return;
  const others = at.addresses.map((one) => addressText(one.address)).join(', ') || 'none';
  throw new QuipuError('unknown-name', `${at.name} has no address ${text}; its addresses: ${others}`);
}
