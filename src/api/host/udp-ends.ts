import type { UdpService } from '../../stack/blocks/udp.js';
import { isGroup } from '../../stack/host.js';
import { needsZone } from '../../stack/source-selection.js';
import type { Datagram } from '../../stack/udp/datagram-queue.js';
import type { UdpSocket } from '../../stack/udp/socket.js';
import { addressText, familyText } from './inet-text.js';
import { udpError } from './udp-errors.js';
import type { Found } from './udp-find.js';

/** An end of a socket, as `dgram` tells it. */
export interface SocketAddress {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
}

/** Where a datagram came from. An address that is one of a link only has the interface's name behind a `%`. */
export interface RemoteInfo extends SocketAddress {
  /** Bytes of the datagram. */
  readonly size: number;
}

export function socketAddress(address: Uint8Array, portNumber: number): SocketAddress {
  return { address: addressText(address), family: familyText(address), port: portNumber };
}

export function remoteInfo(service: UdpService, datagram: Datagram): RemoteInfo {
  const { bytes, from, fromPort, interfaceIndex } = datagram;
  const zone = needsZone(from, 0, from.length) ? `%${service.interfaceName(interfaceIndex)}` : '';
  const { address, ...rest } = socketAddress(from, fromPort);
  return { address: address + zone, ...rest, size: bytes.length };
}

/** Gives a socket an address of the host's (null: any) and a port number, 0 for a free one. Answers why it cannot be. */
export function bindTo(
  service: UdpService,
  socket: UdpSocket,
  found: Found | null,
  portNumber: number,
): Error | null {
  const any = new Uint8Array(socket.addressLength);
  const given = found?.address ?? any;
  const address = given.every((byte) => byte === 0) ? null : given;
  const isOurs = address === null || isGroup(address, 0, address.length) || service.isLocal(address);
  const end = { address: address ?? any, portNumber };
  if (!isOurs) return udpError('EADDRNOTAVAIL', 'bind', end);
  return service.udp.bind(socket, address, portNumber) ? null : udpError('EADDRINUSE', 'bind', end);
}

/** Gives a bound socket its only peer; `text` is how that was named. Answers why it cannot be. */
export function connectTo(
  service: UdpService,
  socket: UdpSocket,
  found: Found | null,
  portNumber: number,
  text: string,
): Error | null {
  if (found === null) return udpError('ENOTFOUND', 'connect');
  const { address } = found;
  const local = socket.address ?? service.sourceFor(address);
  if (local === null) return udpError('ENETUNREACH', `connect ${text}`, { address, portNumber });
  service.udp.connect(socket, { ...found, portNumber }, local);
  return null;
}
