import type { HostRow, HostStatistics, HostView, NeighbourRow } from '../../../control/host-words.js';
import { table } from '../../shared/table.js';
import { duration } from '../status-text.js';

export function hostsText(rows: readonly HostRow[]): string {
  const cells = rows.map(({ name, links, addresses, uptimeSeconds, socket }) => [
    ...[name, links.join(' '), addresses.join(' '), duration(uptimeSeconds), socket],
  ]);
  return table([['NAME', 'LINKS', 'ADDRESSES', 'UP', 'SOCKET'], ...cells], ['left', 'left', 'left', 'right']);
}

export function hostText({ name, forwarding, interfaces, routes, neighbours }: HostView): string {
  const interfaceRows = interfaces.map(({ name: at, mac, mtu, addresses }) => [
    ...[at, mac ?? '-', `${mtu}`],
    addresses
      .map(({ address, bits, state }) => `${address}/${bits}${state === 'preferred' ? '' : ` (${state})`}`)
      .join(' '),
  ]);
  const routeRows = routes.map(({ to, family, via, interface: at, metric, learned }) => [
    to === 'default' ? `default${family === 6 ? ' (IPv6)' : ''}` : to,
    ...[via ?? '-', at, `${metric}`, learned ? 'learned' : ''],
  ]);
  const parts = [
    `host ${name}${forwarding ? ', passes on packets for others' : ''}\n`,
    table([['INTERFACE', 'MAC', 'MTU', 'ADDRESSES'], ...interfaceRows], ['left', 'left', 'right']),
    ...(routes.length === 0
      ? []
      : [
          table(
            [['ROUTE', 'VIA', 'INTERFACE', 'METRIC', ''], ...routeRows],
            ['left', 'left', 'left', 'right'],
          ),
        ]),
    ...(neighbours.length === 0 ? [] : [neighboursText(neighbours)]),
  ];
  return parts.join('\n');
}

export function neighboursText(rows: readonly NeighbourRow[]): string {
  const cells = rows.map(({ address, interface: at, mac, state, isRouter }) => [
    ...[address, at, mac ?? '-', state, isRouter ? 'router' : ''],
  ]);
  return table([['NEIGHBOUR', 'INTERFACE', 'MAC', 'STATE', ''], ...cells]);
}

/** A block per paragraph. Those that have counted nothing are left out, unless `all`. */
export function statisticsText(statistics: HostStatistics, all: boolean): string {
  return Object.entries(statistics)
    .map(([block, counts]) => {
      const rows = Object.entries(counts).filter(([, count]) => all || count !== 0);
      return rows.length === 0
        ? ''
        : `${block}\n${table(
            rows.map(([what, count]) => [what, `${count}`]),
            ['left', 'right'],
            '  ',
          )}`;
    })
    .join('');
}
