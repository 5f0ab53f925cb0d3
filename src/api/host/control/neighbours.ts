import { QuipuError } from '../../../contract/error.js';
import type { Host } from '../../../stack/host.js';
import type { HostInterface } from '../../../stack/interface.js';
import { parseMac } from '../../../wire/ethernet.js';
import { parseAddress } from '../address-text.js';
import { addressText } from '../inet-text.js';

/** Sets a neighbour's hardware address by hand: nobody is asked for it any more. Throws QuipuError. */
export function addNeighbour(host: Host, at: HostInterface, text: string, macText: string): void {
  const address = parseAddress(text);
  const mac = parseMac(macText);
  if (mac === null) {
    throw new QuipuError('bad-request', `${macText} is no hardware address: write 02:00:00:00:00:01`);
  }
  if (at.mac === null) {
    throw new QuipuError('bad-request', `${at.name} has no hardware addresses: neighbours need none there`);
  }
  if (host.isLocal(address, 0, address.length)) {
    throw new QuipuError('bad-request', `${text} is host ${host.name} itself`);
  }
  if (!at.neighbours(address.length).setPermanent(address, mac)) {
    throw new QuipuError('limit', `${at.name} has no room for more neighbours: remove some`);
  }
}

/** Forgets a neighbour, whatever its state; who is needed again is asked for. Throws QuipuError. */
export function removeNeighbour(at: HostInterface, text: string): void {
  const address = parseAddress(text);
  const table = at.neighbours(address.length);
  const found = table.find(address);
  if (found === undefined) {
    const all = [...table.list].map((one) => addressText(one.address)).join(', ') || 'none';
    throw new QuipuError('unknown-name', `${at.name} has no neighbour ${text}; those it knows: ${all}`);
  }
  table.remove(found);
}
