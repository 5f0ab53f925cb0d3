import type { CongestionControlMaker } from './congestion/contract.js';
import { Cubic } from './congestion/cubic.js';

/** What a host decides for its connections. Times in microseconds, sizes in bytes. */
export interface TcpSettings {
  readonly congestion: CongestionControlMaker;
  readonly windowScaling: boolean;
  readonly sack: boolean;
  readonly timestamps: boolean;
  /** `asked`: agree when the peer asks; `ask`: ask too (RFC 3168). */
  readonly ecn: 'off' | 'asked' | 'ask';
  readonly noDelay: boolean;
  /** Bytes that may wait for the application: at first, and as much as it may grow to. */
  readonly receiveBuffer: number;
  readonly receiveBufferMost: number;
  /** An ACK may wait so long for company (RFC 9293 §3.8.6.3: at most half a second). */
  readonly ackDelay: number;
  readonly keepAlive: boolean;
  readonly keepAliveIdle: number;
  readonly keepAliveInterval: number;
  readonly keepAliveProbes: number;
  /** Retransmissions of a SYN, and of other segments, before the connection is given up (RFC 9293 §3.8.3). */
  readonly synRetries: number;
  readonly retries: number;
  /** Twice the time that a segment may live (RFC 9293 §3.4.2), for TIME-WAIT; Linux has 60 s. */
  readonly timeWait: number;
  /** Records of TIME-WAIT that are kept at most: beyond, the oldest one goes. */
  readonly timeWaitMost: number;
  /** How long FIN-WAIT-2 lasts when the application is gone; Linux has 60 s. */
  readonly finWait: number;
  /** A full-sized segment that was sent so often in vain makes the path MTU suspect (RFC 4821 §7.7). */
  readonly blackHoleAfter: number;
}

export const defaultTcpSettings: TcpSettings = {
  congestion: (segment) => new Cubic(segment),
  windowScaling: true,
  sack: true,
  timestamps: true,
  ecn: 'asked',
  noDelay: false,
  receiveBuffer: 131_072,
  receiveBufferMost: 6_291_456,
  ackDelay: 40_000,
  keepAlive: false,
  keepAliveIdle: 7_200_000_000,
  keepAliveInterval: 75_000_000,
  keepAliveProbes: 9,
  synRetries: 7,
  retries: 15,
  timeWait: 60_000_000,
  timeWaitMost: 16_384,
  finWait: 60_000_000,
  blackHoleAfter: 3,
};
