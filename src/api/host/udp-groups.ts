import { sameBytes } from '../../stack/address-map.js';
import type { UdpService } from '../../stack/blocks/udp.js';
import { isGroup } from '../../stack/host.js';
import type { UdpSocket } from '../../stack/udp/socket.js';
import { addressBytes } from './inet-text.js';
import { netError } from './net-errors.js';
import { udpError } from './udp-errors.js';

/** What of the service is asked. */
type GroupService = Pick<UdpService, 'joinGroup' | 'leaveGroup' | 'interfaceOf'>;

/** Takes datagrams to a group from now on, by the interface named, or the one by which the group is reached. Throws as dgram does. */
export function joinGroup(service: GroupService, socket: UdpSocket, text: string, at?: string): void {
  const group = groupOf(socket, text, 'addMembership');
  const interfaceIndex = interfaceOf(service, socket, at, 'addMembership');
  const isMember = socket.groups.some(
    (one) => sameBytes(one.group, group) && (interfaceIndex === 0 || one.interfaceIndex === interfaceIndex),
  );
  if (isMember) throw udpError('EADDRINUSE', 'addMembership');
  const joined = service.joinGroup(group, interfaceIndex);
  if (joined === 0) throw udpError('ENODEV', 'addMembership');
  socket.groups.push({ group, interfaceIndex: joined });
}

/** Takes them no more. Throws as dgram does. */
export function leaveGroup(service: GroupService, socket: UdpSocket, text: string, at?: string): void {
  const group = groupOf(socket, text, 'dropMembership');
  const interfaceIndex = interfaceOf(service, socket, at, 'dropMembership');
  const index = socket.groups.findIndex(
    (one) => sameBytes(one.group, group) && (interfaceIndex === 0 || one.interfaceIndex === interfaceIndex),
  );
  if (index < 0) throw udpError('EADDRNOTAVAIL', 'dropMembership');
  const [gone] = socket.groups.splice(index, 1);
  service.leaveGroup(gone.group, gone.interfaceIndex);
}

/** A closed socket is a member no more. */
export function leaveAllGroups(service: GroupService, socket: UdpSocket): void {
  for (const { group, interfaceIndex } of socket.groups.splice(0)) service.leaveGroup(group, interfaceIndex);
}

/**
 * Number of the interface that dgram's text means: an address of it, or its name behind a `%` (`::%eth0`); 0 for any. Throws
 * EADDRNOTAVAIL: the host has none such.
 */
export function interfaceOf(
  service: GroupService,
  socket: UdpSocket,
  text: string | undefined,
  syscall: string,
): number {
  if (text === undefined || text === '') return 0;
  const [address, name] = text.split('%');
  const bytes = addressBytes(address);
  if (bytes?.length !== socket.addressLength) throw udpError('EINVAL', syscall);
  if (name === undefined && bytes.every((byte) => byte === 0)) return 0;
  const found = service.interfaceOf(name ?? bytes);
  if (found === 0) throw udpError('EADDRNOTAVAIL', syscall);
  return found;
}

function groupOf({ addressLength }: UdpSocket, text: string, syscall: string): Uint8Array {
  const bytes = addressBytes(text);
  if (bytes?.length === addressLength && isGroup(bytes, 0, addressLength)) return bytes;
  const family = addressLength === 4 ? 'IPv4' : 'IPv6';
  throw netError('EINVAL', syscall, undefined, `EINVAL: ${text} is no group of ${family}`);
}
