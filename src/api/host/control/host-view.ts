import type {
  HostStatistics,
  HostView,
  InterfaceRow,
  NeighbourRow,
  RouteRow,
} from '../../../control/host-words.js';
import { countersOf, macText } from '../../../control/views.js';
import { dropLines } from '../../../engine/accounts.js';
import type { Engine } from '../../../engine/engine.js';
import type { Host } from '../../../stack/host.js';
import type { HostInterface } from '../../../stack/interface.js';
import type { Route } from '../../../stack/routes.js';
import { addressText } from '../inet-text.js';

/** A host as it is now, its way to itself included. */
export function hostView(host: Host): HostView {
  const all = [host.loopback, ...host.interfaces].filter(({ isGone }) => !isGone);
  return {
    name: host.name,
    forwarding: host.forwarding,
    interfaces: all.map(interfaceRow),
    routes: [...host.routes4.routes, ...host.routes6.routes].map((route) => routeRow(host, route)),
    neighbours: all.flatMap(neighbourRows),
  };
}

/** Where a route leads to, as it is written: `10.0.0.0/24`, `default`. */
export function routeText({ prefix, bits }: Pick<Route, 'prefix' | 'bits'>): string {
  return bits === 0 ? 'default' : `${addressText(prefix)}/${bits}`;
}

function interfaceRow({ name, index, mac, mtu, addresses }: HostInterface): InterfaceRow {
  return {
    ...{ name, index, mac: mac && macText(mac), mtu },
    addresses: addresses.map(({ address, bits, state }) => ({ address: addressText(address), bits, state })),
  };
}

function routeRow(host: Host, route: Route): RouteRow {
  return {
    to: routeText(route),
    family: route.prefix.length === 4 ? 4 : 6,
    via: route.gateway && addressText(route.gateway),
    interface: host.interface(route.interface)?.name ?? String(route.interface),
    metric: route.metric,
    learned: route.learned === true,
  };
}

function neighbourRows(at: HostInterface): NeighbourRow[] {
  return [...at.neighbours(4).list, ...at.neighbours(16).list].map((one) => ({
    ...{ interface: at.name, address: addressText(one.address) },
    mac: one.isResolved ? macText(one.mac) : null,
    ...{ state: one.state, isRouter: one.isRouter },
  }));
}

/** What the host's blocks have counted and dropped. */
export function hostStatistics(engine: Engine, host: string): HostStatistics {
  const statistics: Record<string, Record<string, number>> = {};
  for (const instance of engine.registry.all()) {
    if (!instance.name.startsWith(`${host}.`)) continue;
    const drops = dropLines(instance).map(({ reason, count }) => [reason, count] as const);
    statistics[instance.name.slice(host.length + 1)] = {
      ...countersOf(instance),
      ...Object.fromEntries(drops),
    };
  }
  return statistics;
}
