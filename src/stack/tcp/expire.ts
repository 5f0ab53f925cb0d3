import type { Connection } from './connection.js';
import { armRetransmission, backedOff, deadlineOf, restartKeepAlive } from './deadlines.js';
import { finish, isOver, tellEnd } from './finish.js';
import {
  isSynchronised,
  output,
  payloadRoom,
  retransmit,
  sendAck,
  sendForced,
  sendProbe,
  sendReset,
  sendSyn,
  unsentBytes,
} from './output.js';
import { detectLosses, recover, timedOut } from './recovery.js';

/** Smallest segment that is tried when a path swallows larger ones: every IPv4 path is to carry it (RFC 791, RFC 4821 §7.2). */
const SMALLEST_SEGMENT = 512;

/** The connection's deadline has passed: does what is due. Calls the user at its end. */
export function expire(c: Connection): void {
  const now = c.environment.now();
  if (!isOver(c) && c.endAt <= now) {
    c.endAt = Number.POSITIVE_INFINITY;
    finish(c, null); // in FIN-WAIT-2, with nobody left who would wait for the peer's FIN
  }
  if (!isOver(c) && c.ackAt <= now) sendAck(c);
  if (!isOver(c) && c.keepAliveAt <= now) keepAlive(c, now);
  if (!isOver(c) && c.retransmitAt <= now) retransmission(c, now);
  if (!isOver(c) && deadlineOf(c) !== Number.POSITIVE_INFINITY) c.environment.schedule(c);
  tellEnd(c);
}

function retransmission(c: Connection, now: number): void {
  const kind = c.retransmitKind;
  c.retransmitAt = Number.POSITIVE_INFINITY;
  c.retransmitKind = 'timeout';
  if (kind === 'reorder') {
    detectLosses(c);
    recover(c, 0, false);
    output(c);
  } else if (kind === 'probe') tailProbe(c);
  else if (kind === 'persist') persist(c);
  else timeout(c, now);
}

/** RFC 6298 §5.4 to 5.7. */
function timeout(c: Connection, now: number): void {
  // What never left is no sign of a peer that is gone.
  if (!c.stalled) c.backoff++;
  c.retransmitFrom = now;
  if (!isSynchronised(c)) {
    if (c.backoff > c.settings.synRetries) {
      finish(c, c.softFailure ?? 'ETIMEDOUT');
      return;
    }
    c.counts.retransmitted++;
    sendSyn(c);
    armRetransmission(c);
    return;
  }
  if (c.backoff > c.settings.retries) {
    finish(c, c.softFailure ?? 'ETIMEDOUT');
    return;
  }
  suspectPath(c);
  timedOut(c);
  output(c);
}

/** Full-sized segments that never arrive, while the peer lives: a path MTU that nobody told of (RFC 8899, RFC 4821). */
function suspectPath(c: Connection): void {
  const first = c.board.first;
  if (first === null || c.backoff < c.settings.blackHoleAfter || first.length < payloadRoom(c)) return;
  if (c.segment <= SMALLEST_SEGMENT) return;
  c.segment = Math.max(SMALLEST_SEGMENT, Math.floor(c.segment / 2));
  c.path.largestSegment = Math.min(c.path.largestSegment, c.segment);
}

/** A tail loss probe (RFC 8985 §7.3): new bytes if there are any that may go, else the last ones again. */
function tailProbe(c: Connection): void {
  c.probeEnd = c.sndNxt;
  if (unsentBytes(c) > 0 && sendForced(c)) {
    c.probeEnd = c.sndNxt;
    c.probeWasRetransmission = false;
  } else {
    const { last } = c.board;
    if (last === null) return;
    const room = payloadRoom(c);
    if (last.length > room) c.board.cut(last, (last.end - room) | 0);
    const tail = c.board.last;
    c.probeWasRetransmission = tail !== null && retransmit(c, tail, tail.length);
  }
  c.probeOut = true;
  c.retransmitFrom = c.environment.now();
  output(c);
}

/** The peer's window is shut, or too small: is it still? (RFC 9293 §3.8.6.1.) It may stay so for ever if the peer says so. */
function persist(c: Connection): void {
  if (c.stalled) {
    c.stalled = false;
    output(c);
    if (c.stalled || c.board.count > 0) return;
  }
  if (c.sndWnd > 0 && sendForced(c)) {
    output(c);
    return;
  }
  const silent = c.environment.now() - c.lastReceivedAt > 2 * backedOff(c);
  c.backoff++;
  if (c.backoff > c.settings.retries && silent) {
    finish(c, c.softFailure ?? 'ETIMEDOUT');
    return;
  }
  sendProbe(c);
  armRetransmission(c);
}

/** RFC 9293 §3.8.4. */
function keepAlive(c: Connection, now: number): void {
  if (!isSynchronised(c) || c.board.count > 0 || unsentBytes(c) > 0) {
    restartKeepAlive(c, true); // what is on its way tells more than a probe
    return;
  }
  if (c.keepAliveProbes >= c.settings.keepAliveProbes) {
    sendReset(c);
    finish(c, 'ETIMEDOUT');
    return;
  }
  c.keepAliveProbes++;
  c.keepAliveAt = now + c.settings.keepAliveInterval;
  sendProbe(c);
}
