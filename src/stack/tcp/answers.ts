import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { clearTcpOptions, noTcpOptions } from '../../wire/tcp-options.js';
import type { IncomingSegment, OutgoingSegment } from './connection.js';
import type { TcpOutlet } from './outlet.js';
import type { ConnectionPath } from './path.js';
import { emitSegment, segmentLength } from './segment.js';
import type { SendQueue } from './send-queue.js';
import type { TimeWait } from './time-wait.js';

const segment: OutgoingSegment = {
  ...{ seq: 0, ack: 0, flags: 0, window: 0, options: noTcpOptions() },
  ...{ payloadOffset: 0, payloadLength: 0, segmentSize: 0, ecnCapable: false },
};

/** Writes a segment and sends it. False: there is no room for it below. `queue` has its payload; null: it has none. */
export function sendSegment(
  outlet: TcpOutlet,
  path: ConnectionPath,
  outgoing: OutgoingSegment,
  queue: SendQueue | null,
): boolean {
  const length = segmentLength(outgoing);
  if (!outlet.begin(path, length)) return false;
  emitSegment(outlet.bytes, outlet.at, path.localPort, path.remotePort, outgoing, queue);
  return outlet.commit(path, length, outgoing.segmentSize, outgoing.ecnCapable);
}

/** RFC 9293 §3.10.7.1: a reset that the sender of `to` will believe. */
export function sendReset(outlet: TcpOutlet, path: ConnectionPath, to: IncomingSegment): void {
  const hasAck = (to.flags & TCP_ACK) !== 0;
  const length = to.payloadLength + (to.flags & TCP_SYN ? 1 : 0) + (to.flags & TCP_FIN ? 1 : 0);
  fill(hasAck ? to.ack : 0, hasAck ? 0 : (to.seq + length) | 0, hasAck ? TCP_RST : TCP_RST | TCP_ACK, 0);
  sendSegment(outlet, path, segment, null);
}

/** Answers a SYN of which nothing is kept: `cookie` is the initial number. */
export function sendSynCookie(
  outlet: TcpOutlet,
  path: ConnectionPath,
  to: IncomingSegment,
  cookie: number,
): void {
  fill(cookie, (to.seq + 1) | 0, TCP_SYN | TCP_ACK, 0xffff);
  segment.options.mss = Math.min(path.largestSegment, 0xffff);
  sendSegment(outlet, path, segment, null);
}

/** Says where a connection in TIME-WAIT stands (RFC 9293 §3.10.7.4). */
export function sendStanding(outlet: TcpOutlet, wait: TimeWait): void {
  fill(wait.sndNxt, wait.rcvNxt, TCP_ACK, wait.window);
  if (wait.timestamps) {
    segment.options.hasTimestamps = true;
    segment.options.timestamp = (Math.floor(outlet.now() / 1000) + wait.timestampOffset) | 0;
    segment.options.timestampEcho = wait.recentTimestamp;
  }
  sendSegment(outlet, wait.path, segment, null);
}

function fill(seq: number, ack: number, flags: number, window: number): void {
  clearTcpOptions(segment.options);
  segment.seq = seq;
  segment.ack = ack;
  segment.flags = flags;
  segment.window = window;
}
