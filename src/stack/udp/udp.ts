import { isAt } from '../address-map.js';
import { isGroup } from '../host.js';
import { isMapped, unmapped } from '../mapped.js';
import type { UdpEnd, UdpSocket } from './socket.js';

/** Port numbers given out by themselves (RFC 6056 §3.2 asks for many; these are Linux's). */
const FIRST_PORT = 32_768;
const PORTS = 28_232;

/** Both ends of a datagram that came, as they lie in its headers. One object for a host, filled anew. */
export interface UdpEnds {
  bytes: Uint8Array;
  /** 4 or 16. */
  addressLength: number;
  localAt: number;
  localPort: number;
  remoteAt: number;
  remotePort: number;
  /** Number of the interface by which it came. */
  interfaceIndex: number;
}

/** UDP of one host: its sockets by port number and address (RFC 768, RFC 1122 §4.1). Knows nothing of IP but addresses as bytes. */
export class Udp {
  private readonly ports = new Map<number, UdpSocket[]>();
  private readonly random: () => number;

  /** `random` gives numbers in [0, 2^32). */
  constructor(random: () => number) {
    this.random = random;
  }

  *sockets(): IterableIterator<UdpSocket> {
    for (const list of this.ports.values()) yield* list;
  }

  /**
   * Binds a socket that is not bound to an address (null: any) and a port number (0: a free one, taken by chance: RFC 6056 §3.3.1).
   * False: it is in use, or none is free.
   */
  bind(socket: UdpSocket, address: Uint8Array | null, portNumber: number): boolean {
    const port = portNumber === 0 ? this.freePort(socket) : portNumber;
    if (port === 0) return false;
    const others = this.ports.get(port) ?? [];
    if (others.some((other) => inTheWay(other, socket, address))) return false;
    socket.address = address;
    socket.portNumber = port;
    // The one bound last comes first: of those that share an address it gets what is for one.
    this.ports.set(port, [socket, ...others]);
    return true;
  }

  /** Its port number is free again; what it has not read is gone. */
  unbind(socket: UdpSocket): void {
    const rest = (this.ports.get(socket.portNumber) ?? []).filter((other) => other !== socket);
    if (rest.length > 0) this.ports.set(socket.portNumber, rest);
    else this.ports.delete(socket.portNumber);
    socket.portNumber = 0;
    socket.queue.clear();
  }

  connect(socket: UdpSocket, peer: UdpEnd, local: Uint8Array): void {
    socket.peer = peer;
    socket.localToPeer = local;
  }

  disconnect(socket: UdpSocket): void {
    socket.peer = null;
    socket.localToPeer = null;
  }

  /** The socket for a datagram to one host: connected with its sender, else bound to its address, else to any; null: none. */
  find(ends: UdpEnds): UdpSocket | null {
    let found: UdpSocket | null = null;
    let best = 0;
    for (const socket of this.ports.get(ends.localPort) ?? []) {
      const rank = rankOf(socket, ends);
      if (rank <= best) continue;
      best = rank;
      found = socket;
    }
    return found;
  }

  /** Those for a datagram to a group: members of it, bound to it or to any address; `isToAll`, or to IPv4's broadcast address: all. */
  members(ends: UdpEnds, isToAll: boolean): UdpSocket[] {
    const { bytes, localAt, addressLength, interfaceIndex } = ends;
    return (this.ports.get(ends.localPort) ?? []).filter((socket) => {
      if (rankOf(socket, ends) === 0) return false;
      if (isToAll || (bytes[localAt] === 0xff && addressLength === 4)) return true;
      return socket.groups.some(
        (one) =>
          one.group.length === addressLength &&
          isAt(one.group, bytes, localAt, addressLength) &&
          (one.interfaceIndex === 0 || one.interfaceIndex === interfaceIndex),
      );
    });
  }

  private freePort(socket: UdpSocket): number {
    const first = this.random() % PORTS;
    for (let i = 0; i < PORTS; i++) {
      const port = FIRST_PORT + ((first + i) % PORTS);
      const others = this.ports.get(port) ?? [];
      if (!others.some((other) => shareFamily(other, socket))) return port;
    }
    return 0;
  }
}

/** How well a socket fits the ends of a datagram; 0: it is not for it. */
function rankOf(socket: UdpSocket, ends: UdpEnds): number {
  const { addressLength } = ends;
  if (socket.addressLength !== addressLength && (!socket.takesMapped || addressLength !== 4)) return 0;
  if (socket.address !== null && !isEnd(socket.address, ends, ends.localAt)) return 0;
  const bound = socket.address === null ? 1 : 2;
  const { peer, localToPeer } = socket;
  if (peer === null) return bound;
  if (peer.portNumber !== ends.remotePort) return 0;
  if (!isEnd(peer.address, ends, ends.remoteAt))
    return isGroup(peer.address, 0, peer.address.length) ? bound : 0;
  return localToPeer === null || isEnd(localToPeer, ends, ends.localAt) ? bound + 2 : 0;
}

/** True when two sockets may not have the same port number. */
function inTheWay(other: UdpSocket, socket: UdpSocket, address: Uint8Array | null): boolean {
  if (!shareFamily(other, socket) || (other.reuse && socket.reuse)) return false;
  if (other.address === null)
    return address === null || other.takesMapped || address.length === other.addressLength;
  const [a, b] = [unmapped(other.address), address === null ? null : unmapped(address)];
  if (b === null) return a.length === socket.addressLength || socket.takesMapped;
  return a.length === b.length && isAt(a, b, 0, b.length);
}

/** True when there are addresses that both may have. */
function shareFamily(a: UdpSocket, b: UdpSocket): boolean {
  return a.addressLength === b.addressLength || a.takesMapped || b.takesMapped;
}

function isEnd(address: Uint8Array, { bytes, addressLength }: UdpEnds, at: number): boolean {
  if (address.length === addressLength) return isAt(address, bytes, at, addressLength);
  return isMapped(address) && isAt(unmapped(address), bytes, at, addressLength);
}
