import { type HostRequest, type HostRequestInput, hostRequestSchema } from '../../../control/host-words.js';
import { checkRequest } from '../../../control/server-body.js';
import type { Engine } from '../../../engine/engine.js';
import type { Host } from '../../../stack/host.js';
import type { Tcp } from '../../../stack/tcp/tcp.js';
import type { Udp } from '../../../stack/udp/udp.js';
import { addAddress, interfaceNamed, removeAddress } from './addresses.js';
import { hostStatistics, hostView } from './host-view.js';
import { addNeighbour, removeNeighbour } from './neighbours.js';
import { addRoute, removeRoutes } from './routes.js';
import { socketRows } from './socket-rows.js';

/** What requests are about. */
export interface HostParts {
  readonly host: Host;
  readonly engine: Engine;
  readonly tcp: Tcp;
  readonly udp: Udp;
}

/** Checks what a program asks. Throws QuipuError that says what is wrong with it. */
export function checkHostRequest(given: HostRequestInput): HostRequest {
  return checkRequest(given, hostRequestSchema);
}

/** Answers a request, between two turns of the engine. Throws QuipuError. */
export function answerHostRequest({ host, engine, tcp, udp }: HostParts, request: HostRequest): unknown {
  const at = (name: string) => interfaceNamed(host, name);
  switch (request.op) {
    case 'show':
      return hostView(host);
    case 'address-add':
      return addAddress(host, at(request.interface), request.address, request.check);
    case 'address-remove':
      return removeAddress(host, at(request.interface), request.address);
    case 'route-add':
      return addRoute(host, request);
    case 'route-remove':
      return removeRoutes(host, request);
    case 'neighbour-add':
      return addNeighbour(host, at(request.interface), request.address, request.mac);
    case 'neighbour-remove':
      return removeNeighbour(at(request.interface), request.address);
    case 'sockets':
      return socketRows(tcp, udp);
    case 'statistics':
      return hostStatistics(engine, host.name);
    case 'forwarding':
      host.forwarding = request.on;
      return undefined;
  }
}
