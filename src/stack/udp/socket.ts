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
}

/** A UDP socket of a host: data only. What happens to it is in udp.ts. */
export class UdpSocket {
  /** Bytes of its addresses: 4 or 16. */
  readonly addressLength: 4 | 16;
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
  /** The address that datagrams to the peer leave from. */
  localToPeer: Uint8Array | null = null;
  /** Of datagrams that leave; null: what the host has. */
  hopLimit: number | null = null;
  /** The same for those to groups (RFC 1112 §6.1: 1 unless told otherwise). */
  groupHopLimit = 1;
  mayBroadcast = false;
  /** Groups whose datagrams it takes. */
  readonly groups: Uint8Array[] = [];

  constructor(addressLength: 4 | 16, user: UdpUser) {
    this.addressLength = addressLength;
    this.user = user;
    this.queue = new DatagramQueue();
  }
}
