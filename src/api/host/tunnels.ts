import { type GraphStep, tunnelSteps } from '../../stack/graph.js';
import type { Host } from '../../stack/host.js';
import { addAddress } from './control/addresses.js';
import { addRoute } from './control/routes.js';

/** A tunnel to another host: packets of either family go inside of packets between the two addresses (RFC 2003, 4213, 2473). */
export interface HostTunnel {
  /** Of the interface that it is. */
  readonly name: string;
  /** An address of this host, and one of the other end; of one family. */
  readonly local: string;
  readonly remote: string;
  /** Of this end, inside: `10.9.0.1/30`, `2001:db8:9::1/64`. */
  readonly addresses: readonly string[];
  /** Networks behind the other end: `10.7.0.0/16`. */
  readonly routes?: readonly string[];
  /** Of the packets around; default 64. */
  readonly hopLimit?: number;
  /** Largest packet inside, bytes, at least 1280; default: what the way to the other end carries. */
  readonly mtu?: number;
}

/** Makes a tunnel of a host; `before` is the name of the one that was made last. Throws QuipuError. */
export function addTunnel(
  host: Host,
  tunnel: HostTunnel,
  before: string | null,
  act: (steps: readonly GraphStep[]) => void,
): void {
  const { name, local, remote, addresses, routes = [], hopLimit, mtu } = tunnel;
  const options = {
    ...{ local, remote },
    ...(hopLimit === undefined ? {} : { hopLimit }),
    ...(mtu === undefined ? {} : { mtu }),
  };
  act(tunnelSteps(host.name, host.interfaces.length + 1, name, before, options));
  const made = host.interfaces[host.interfaces.length - 1];
  for (const text of addresses) addAddress(host, made, text, 'off');
  for (const to of routes) addRoute(host, { to, interface: name });
}
