import type { Circuit } from '../../contract/circuit.js';

/** Both ends of a connection and the way between them: the host's routes, or a circuit of its own. */
export interface ConnectionPath {
  readonly localAddress: Uint8Array;
  readonly remoteAddress: Uint8Array;
  readonly localPort: number;
  readonly remotePort: number;
  /** Bytes of payload of a segment without options that the path carries. */
  largestSegment: number;
  /** Bytes of payload that may be handed over at once; less than `largestSegment`: one segment at a time. */
  burst: number;
  /** Of IPv6 packets, 20 bits (RFC 6437); absent: 0. */
  flowLabel?: number;
  /** By which its packets leave; null: routes are asked. */
  circuit: Circuit | null;
}

/**
 * Bytes of payload that every path is taken to carry: 68 bytes is IPv4's smallest MTU (RFC 791), and who tells of less may be a
 * forger (RFC 5927).
 */
export const SMALLEST_PATH = 28;

/** A path of a host's. A class, since there are very many of them: V8 gives each literal with a spread a shape of its own. */
export class HostPath implements ConnectionPath {
  readonly localAddress: Uint8Array;
  readonly remoteAddress: Uint8Array;
  readonly localPort: number;
  readonly remotePort: number;
  largestSegment: number;
  burst: number;
  circuit: Circuit | null = null;
  flowLabel = 0;

  constructor(
    localAddress: Uint8Array,
    localPort: number,
    remoteAddress: Uint8Array,
    remotePort: number,
    largestSegment: number,
    burst: number,
  ) {
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.largestSegment = largestSegment;
    this.burst = burst;
  }
}
