import { type GraphStep, interfaceSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { addAddress } from './control/addresses.js';
import type { HostLink } from './options.js';

/** Opens a link of a host's, and makes it an interface with its addresses. Throws QuipuError. */
export function addLink(
  host: Host,
  { name, link, mac, mtu = 1500, addresses, ipv6 = 'auto', check = 'meanwhile' }: HostLink,
  act: (steps: readonly GraphStep[]) => void,
): void {
  const offload = typeof link === 'object' && link.offload === true;
  const options = { ...(mac === undefined ? {} : { mac }), mtu, ipv6, check, offload };
  act([
    mac === undefined
      ? { do: 'add', name, type: 'ip-link', config: { link } }
      : { do: 'add', name, type: 'ethernet', config: { link, promiscuous: true } }, // its address is not the device's
    ...interfaceSteps(host.name, host.interfaces.length + 1, name, options),
  ]);
  const made = host.interfaces[host.interfaces.length - 1];
  for (const text of addresses) addAddress(host, made, text, check);
}
