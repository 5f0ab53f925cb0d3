import type { Circuit } from '../../contract/circuit.js';
import { DatagramQueue } from './datagram-queue.js';

/** What the one who uses a socket is told. Called while the engine runs: it must not fail, nor call back. */
export interface UdpUser {
  /** The first datagram waits; not told again before the queue was empty. */
  readable(): void;
  /** An ICMP error about a datagram to the peer with which the socket is connected. */
  failed(failure: UdpFailure): void;
}

/** Names of errno(3). */
export type UdpFailure = 'ECONNREFUSED' | 'EHOSTUNREACH';

/** An address and a port number. */
export interface UdpEnd {
  readonly address: Uint8Array;
  readonly portNumber: number;
  /** Number of the interface on whose link it is, where the address alone does not tell (RFC 4007). */
  readonly zone?: number;
}

/** A group whose datagrams a socket takes. */
export interface Membership {
  readonly group: Uint8Array;
  /** Number of the interface by which they come; 0: any. */
  readonly interfaceIndex: number;
}

/** A UDP socket of a host: data only. What happens to it is in udp.ts. */
export class UdpSocket {
  /** Bytes of its addresses: 4 or 16. */
  readonly addressLength: 4 | 16;
  /** An IPv6 socket speaks IPv4, too: those addresses stand in their IPv6 form (RFC 3493 §3.7). */
  takesMapped = false;
  readonly user: UdpUser;
  readonly queue: DatagramQueue;
  /** The address bound to; null: any of the host's. */
  address: Uint8Array | null = null;
  /** 0: not bound. */
  portNumber = 0;
  /** Others may be bound to the same address and port number, if they say so too. */
  reuse = false;
  /** The only one to send to and receive from. */
  peer: UdpEnd | null = null;
  /** By which datagrams leave while it is open; null: as routes say. */
  circuit: Circuit | null = null;
  /** The address that datagrams to the peer leave from. */
  localToPeer: Uint8Array | null = null;
  /** Of IPv6 datagrams that leave, 20 bits; null: one for each flow, made by the host (RFC 6437). */
  flowLabel: number | null = null;
  /** Of datagrams that leave; null: what the host has. */
  hopLimit: number | null = null;
  /** The same for those to groups (RFC 1112 §6.1: 1 unless told otherwise). */
  groupHopLimit = 1;
  mayBroadcast = false;
  /** Number of the interface by which datagrams to groups leave; 0: as routes say. */
  groupInterface = 0;
  /** Members of a group on this host hear what it sends there (RFC 3493 §5.2, IPV6_MULTICAST_LOOP). */
  loopsGroups = true;
  readonly groups: Membership[] = [];

  constructor(addressLength: 4 | 16, user: UdpUser) {
    this.addressLength = addressLength;
    this.user = user;
    this.queue = new DatagramQueue();
  }
}
