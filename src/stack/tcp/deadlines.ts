import type { Connection } from './connection.js';
import { LONGEST_TIMEOUT } from './round-trip.js';
import { distance } from './sequence.js';

const NEVER = Number.POSITIVE_INFINITY;
/** A lost ACK of a lone segment may be a delayed one: the probe waits for it (RFC 8985 §7.2, WCDelAckT). */
const DELAYED_ACK_WORST = 200_000;

/** When the connection has something to do next; Infinity: never. */
export function deadlineOf(c: Connection): number {
  return Math.min(c.retransmitAt, c.ackAt, c.keepAliveAt, c.endAt);
}

/** The retransmission timeout as it is now: doubled each time that it ran out (RFC 6298 §5.5). */
export function backedOff(c: Connection): number {
  return Math.min(c.rtt.timeout * 2 ** Math.min(c.backoff, 20), LONGEST_TIMEOUT);
}

/** Sets the one timer that stands for retransmission, tail loss probe, reordering and zero-window probe. */
export function armRetransmission(c: Connection): void {
  const before = deadlineOf(c);
  set(c);
  if (deadlineOf(c) !== before) c.environment.schedule(c);
}

function set(c: Connection): void {
  if (c.state === 'syn-sent' || c.state === 'syn-received') {
    c.retransmitKind = 'timeout';
    c.retransmitAt = c.retransmitFrom + backedOff(c);
    return;
  }
  if (c.state === 'closed' || c.state === 'time-wait') {
    c.retransmitAt = NEVER;
    return;
  }
  if (c.board.count > 0) {
    if (c.retransmitKind === 'reorder' && c.retransmitAt !== NEVER) return;
    const timeout = c.retransmitFrom + backedOff(c);
    const probe = probeTime(c);
    c.retransmitKind = probe < timeout ? 'probe' : 'timeout';
    c.retransmitAt = Math.min(probe, timeout);
    return;
  }
  const waits = !c.finSent && (c.finWanted || c.queue.length - distance(c.sndUna, c.sndNxt) > 0);
  if (!waits) {
    c.retransmitKind = 'timeout';
    c.retransmitAt = NEVER;
    return;
  }
  // Bytes or a FIN wait, nothing is on its way: the peer's window holds them back (RFC 9293 §3.8.6.1), or want of room below.
  if (c.retransmitKind === 'persist' && c.retransmitAt !== NEVER) return;
  c.retransmitKind = 'persist';
  c.retransmitAt = c.environment.now() + backedOff(c);
}

/** When a tail loss probe is due (RFC 8985 §7.2); Infinity: not now. */
function probeTime(c: Connection): number {
  const { board, rtt } = c;
  if (!c.sackAllowed || c.loss !== 'open' || c.probeOut || c.backoff > 0 || rtt.smoothed === 0) return NEVER;
  if (board.sackedBytes > 0 || board.lostBytes > 0) return NEVER;
  const alone = board.inFlight <= c.segment ? DELAYED_ACK_WORST : 0;
  const last = board.last;
  return (last?.sentAt ?? 0) + Math.max(2 * rtt.smoothed + alone, 10_000);
}

/** An ACK is to go out within the delay (RFC 9293 §3.8.6.3). */
export function delayAck(c: Connection): void {
  if (c.ackAt !== NEVER) return;
  c.ackAt = c.environment.now() + c.settings.ackDelay;
  c.environment.schedule(c);
}

/** An ACK has gone out. */
export function cancelAck(c: Connection): void {
  c.ackNow = false;
  c.unacknowledged = 0;
  c.ackAt = NEVER;
}

/** Sets keepalive anew: something has come, or it was switched on (RFC 9293 §3.8.4). */
export function restartKeepAlive(c: Connection, on: boolean): void {
  c.keepAliveProbes = 0;
  c.keepAliveAt = on ? c.environment.now() + c.settings.keepAliveIdle : NEVER;
}
