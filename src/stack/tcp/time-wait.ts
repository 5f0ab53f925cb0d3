import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import type { Deadlined } from '../deadlines.js';
import type { Connection, IncomingSegment } from './connection.js';
import type { ConnectionPath } from './path.js';
import { before } from './sequence.js';

/** What is left of a connection whose end has closed first: enough to answer what still comes (RFC 9293 §3.6.1). */
export class TimeWait implements Deadlined {
  deadline = Number.POSITIVE_INFINITY;
  place = -1;
  readonly path: ConnectionPath;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly timestamps: boolean;
  readonly recentTimestamp: number;
  readonly timestampOffset: number;
  readonly window: number;
  /** When a segment without text was last answered (RFC 5961 §7). */
  answeredAt = Number.NEGATIVE_INFINITY;

  constructor(c: Connection) {
    this.path = c.path;
    this.sndNxt = c.sndNxt;
    this.rcvNxt = c.rcvNxt;
    this.timestamps = c.timestamps;
    this.recentTimestamp = c.recentTimestamp;
    this.timestampOffset = c.timestampOffset;
    this.window = Math.min(c.receiveLimit >>> c.rcvScale, 0xffff);
  }
}

/**
 * What a segment for a connection in TIME-WAIT leads to: `again`, a SYN that begins a new connection (RFC 6191, RFC 9293
 * §3.6.1: later than all of the old one); `answer`, an ACK; `ignore`. Resets are ignored: an old one
 * must not end the wait (RFC 1337).
 */
export function judgeTimeWait(wait: TimeWait, segment: IncomingSegment): 'again' | 'answer' | 'ignore' {
  const { flags, seq, options, payloadLength } = segment;
  if (flags & TCP_RST) return 'ignore';
  if (flags & TCP_SYN && !(flags & TCP_ACK)) {
    if (options.hasTimestamps && !wait.timestamps) return 'again';
    const age = options.hasTimestamps ? (options.timestamp - wait.recentTimestamp) | 0 : 0;
    return age > 0 || (age === 0 && before(wait.rcvNxt, seq)) ? 'again' : 'answer';
  }
  // Just what the peer has to send now: answered, two ends that both wait would answer each other for ever.
  if (payloadLength === 0 && seq === wait.rcvNxt && !(flags & (TCP_SYN | TCP_FIN))) return 'ignore';
  return 'answer';
}
