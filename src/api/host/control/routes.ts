import { QuipuError } from '../../../contract/error.js';
import { sameBytes } from '../../../stack/address-map.js';
import type { Host } from '../../../stack/host.js';
import type { HostInterface } from '../../../stack/interface.js';
import { masked } from '../../../stack/routes.js';
import { isLinkLocal } from '../../../stack/source-selection.js';
import { parseNetwork, parseZoned } from '../address-text.js';
import { addressText } from '../inet-text.js';
import { interfaceNamed } from './addresses.js';
import { routeText } from './host-view.js';

/** `to` is a network, or `default`. */
export interface RouteWish {
  readonly to: string;
  readonly via?: string;
  readonly interface?: string;
  readonly metric?: number;
}

/** Adds a route by a gateway, an interface, or both. Throws QuipuError. */
export function addRoute(host: Host, wish: RouteWish): void {
  const { to, via, metric = 0 } = wish;
  if (via === undefined && (wish.interface === undefined || to === 'default')) {
    throw new QuipuError(
      'bad-request',
      `the route to ${to} leads nowhere: give ${to === 'default' ? 'a gateway' : 'a gateway, or an interface'}`,
    );
  }
  const named = wish.interface === undefined ? null : interfaceNamed(host, wish.interface);
  const gateway = via === undefined ? null : gatewayOf(host, via, named);
  const out = gateway?.out ?? named;
  const { prefix, bits } = networkOf(to, gateway?.address.length);
  if (gateway !== null && gateway.address.length !== prefix.length) {
    throw new QuipuError(
      'bad-request',
      `the route to ${to} and its gateway ${via} are of different families`,
    );
  }
  if (out === null) throw new QuipuError('internal', `the route to ${to} has no interface`);
  const route = { prefix, bits, gateway: gateway?.address ?? null, interface: out.index, metric };
  if (host.addRoute(route)) return;
  throw new QuipuError(
    'name-taken',
    `there is a route to ${routeText(route)} with metric ${metric} already: remove it, or choose another metric`,
  );
}

/** Removes all routes to a network that fit what else is named. Throws QuipuError when there is none. */
export function removeRoutes(host: Host, { to, via, interface: name }: RouteWish): void {
  const out = name === undefined ? null : interfaceNamed(host, name);
  const gateway = via === undefined ? null : parseZoned(via, host).address;
  let gone = 0;
  for (const length of to === 'default' ? [4, 16] : [networkOf(to).prefix.length]) {
    if (gateway !== null && gateway.length !== length) continue;
    const { prefix, bits } = networkOf(to, length);
    gone += host.removeRoutes(
      length,
      (route) =>
        route.bits === bits &&
        sameBytes(route.prefix, prefix) &&
        (out === null || route.interface === out.index) &&
        (gateway === null || (route.gateway !== null && sameBytes(route.gateway, gateway))),
    );
  }
  if (gone > 0) return;
  const by = `${via === undefined ? '' : ` via ${via}`}${name === undefined ? '' : ` by ${name}`}`;
  const all = [...host.routes4.routes, ...host.routes6.routes].map(routeText).join(', ') || 'none';
  throw new QuipuError('unknown-name', `there is no route to ${to}${by}; the routes lead to: ${all}`);
}

/** Throws QuipuError: no network, or bits beyond its length. `length`: bytes of the addresses that `default` is about. */
function networkOf(to: string, length = 4): { prefix: Uint8Array; bits: number } {
  if (to === 'default') return { prefix: new Uint8Array(length), bits: 0 };
  const { address, bits } = parseNetwork(to);
  const prefix = masked(address, bits);
  if (!sameBytes(prefix, address)) {
    throw new QuipuError(
      'bad-request',
      `${to} has bits beyond the length of its network: write ${addressText(prefix)}/${bits}`,
    );
  }
  return { prefix, bits };
}

/** A gateway has to be on a link of the host's. Throws QuipuError. */
function gatewayOf(
  host: Host,
  text: string,
  named: HostInterface | null,
): { address: Uint8Array; out: HostInterface } {
  const { address, zone } = parseZoned(text, host);
  const { length } = address;
  if (host.isLocal(address, 0, length)) {
    throw new QuipuError('bad-config', `gateway ${text} is host ${host.name} itself`);
  }
  if (isLinkLocal(address, 0, length)) {
    const out = named ?? host.interface(zone > 0 ? zone : host.interfaces.length === 1 ? 1 : -1);
    if (out) return { address, out };
    throw new QuipuError('bad-config', `gateway ${text}: say on which interface, ${text}%NAME`);
  }
  const onLink = host
    .routes(length)
    .routes.filter((route) => route.gateway === null && (named === null || route.interface === named.index));
  const way = onLink.find(({ prefix, bits }) => sameBytes(masked(address, bits), prefix));
  const out = way ? host.interface(way.interface) : null;
  if (out !== null && out.index > 0) return { address, out };
  const where = named === null ? `host ${host.name}` : named.name;
  const networks = onLink.filter((route) => route.interface > 0).map(routeText);
  const has = networks.join(', ') || `none of IPv${length === 4 ? 4 : 6}`;
  throw new QuipuError('bad-config', `gateway ${text} is on none of the networks of ${where}: it has ${has}`);
}
