import type { PathFacts } from './congestion/contract.js';
import type { Connection } from './connection.js';
import { payloadRoom } from './output.js';
import type { Sent } from './scoreboard.js';
import { before, later } from './sequence.js';

/** Segments above a missing one that make it lost where the order is kept (RFC 5681 §3.2, RFC 8985 §6.2). */
const DUPLICATE_THRESHOLD = 3;

const facts = {
  ...{ now: 0, segment: 0, smoothed: 0, smallest: 0, latest: 0, inFlight: 0 },
  ...{ acknowledgedTo: 0, sentTo: 0 },
};

/** What the congestion control may know of the path. One object, filled anew. */
export function factsOf(c: Connection): PathFacts {
  facts.now = c.environment.now();
  facts.segment = c.segment;
  facts.smoothed = c.rtt.smoothed;
  facts.smallest = c.rtt.smallest;
  facts.latest = c.rtt.latest;
  facts.inFlight = c.board.inFlight;
  facts.acknowledgedTo = c.sndUna;
  facts.sentTo = c.sndNxt;
  return facts;
}

/** Takes note of a delivered range: the newest one sent tells which others are late (RFC 8985 §6.2, steps 2 and 3). */
export function noteDelivered(c: Connection, sent: Sent, echo: number, hasEcho: boolean): void {
  if (before(c.rackForward, sent.end)) c.rackForward = sent.end;
  else if (before(sent.end, c.rackForward) && !sent.retransmitted) c.reorderingSeen = true;
  const rtt = c.environment.now() - sent.sentAt;
  if (sent.retransmitted) {
    // An ACK too early to be of the retransmission is of the original.
    if (rtt < c.rtt.smallest) return;
    if (hasEcho && ((echo - Math.floor(sent.sentAt / 1000) - c.timestampOffset) | 0) < 0) return;
  }
  c.rackRtt = rtt;
  if (sentAfter(sent.sentAt, sent.end, c.rackSentAt, c.rackEnd)) {
    c.rackSentAt = sent.sentAt;
    c.rackEnd = sent.end;
  }
}

function sentAfter(at: number, end: number, otherAt: number, otherEnd: number): boolean {
  return at > otherAt || (at === otherAt && before(otherEnd, end));
}

/**
 * Marks as lost what was sent long enough before something that has arrived (RFC 8985 §6.2, steps 4 and 5). When some of
 * it may still come, the reordering timer is set.
 */
export function detectLosses(c: Connection): void {
  const now = c.environment.now();
  const window = reorderWindow(c);
  let wait = 0;
  for (let sent = c.board.oldest; sent !== null; ) {
    const { newer } = sent;
    if (!sentAfter(c.rackSentAt, c.rackEnd, sent.sentAt, sent.end)) break;
    const remaining = sent.sentAt + c.rackRtt + window - now;
    if (remaining <= 0) c.board.lose(sent);
    else wait = Math.max(wait, remaining);
    sent = newer;
  }
  if (wait > 0) {
    c.retransmitKind = 'reorder';
    c.retransmitAt = now + Math.ceil(wait);
  } else if (c.retransmitKind === 'reorder') {
    c.retransmitAt = Number.POSITIVE_INFINITY;
    c.retransmitKind = 'timeout';
  }
}

/** How long a segment may come later than one sent after it (RFC 8985 §6.2, step 4). */
function reorderWindow(c: Connection): number {
  if (c.dsackSeen && !before(c.sndUna, c.reorderRoundEnd)) {
    c.dsackSeen = false;
    c.reorderRoundEnd = c.sndNxt;
    c.reorderSteps++;
    c.reorderPersist = 16;
  }
  if (!c.reorderingSeen) {
    if (c.loss !== 'open' || c.board.sackedRanges >= DUPLICATE_THRESHOLD) return 0;
    if (c.board.sackedBytes >= DUPLICATE_THRESHOLD * payloadRoom(c)) return 0;
  }
  const smallest = Number.isFinite(c.rtt.smallest) ? c.rtt.smallest : 0;
  return Math.min((c.reorderSteps * smallest) / 4, c.rtt.smoothed);
}

/** Without SACK: duplicate ACKs stand for segments that have arrived (RFC 6582). */
export function countDuplicates(c: Connection): void {
  c.duplicateAcks++;
  if (c.duplicateAcks === DUPLICATE_THRESHOLD && c.loss === 'open' && c.board.first) {
    c.board.lose(c.board.first);
  }
}

/**
 * Without SACK: an ACK that moves on acknowledges also what duplicates have told of already. Answers the bytes that are
 * news (RFC 6937 §2, for receivers without SACK).
 */
export function creditDuplicates(c: Connection, bytes: number): number {
  const told = Math.min(c.duplicateAcks, Math.floor(bytes / c.segment));
  c.duplicateAcks = c.loss === 'open' ? 0 : c.duplicateAcks - told;
  return Math.max(bytes - told * c.segment, 1);
}

/** Enters, goes on with, or ends a recovery, after an ACK that delivered so many bytes. `progress`: `sndUna` moved. */
export function recover(c: Connection, delivered: number, progress: boolean): void {
  if (c.loss !== 'open' && !before(c.sndUna, c.recoveryPoint)) finish(c);
  if (c.loss === 'open' && c.board.lostBytes > 0) begin(c);
  if (c.loss === 'recovery') {
    if (!c.sackAllowed && progress && c.board.first && !c.board.first.retransmitted) {
      c.board.lose(c.board.first); // a partial ACK: the next hole (RFC 6582 §3.2)
    }
    reduce(c, delivered);
  } else if (progress && (c.windowLimited || c.loss === 'loss')) {
    // Duplicate ACKs make nothing grow, whatever their SACK blocks tell (RFC 5681 §3.2).
    c.congestion.acknowledged(delivered, factsOf(c));
  }
}

/**
 * There was congestion without a loss that is left to be repaired: the peer told of a mark (ECE, RFC 3168 §6.1.2), or a
 * probe has repaired the loss. Once for a window of data.
 */
export function heedCongestion(c: Connection): void {
  if (c.loss === 'open') begin(c);
}

function begin(c: Connection): void {
  c.loss = 'recovery';
  c.recoveryPoint = c.sndNxt;
  c.eifelArmed = false;
  c.prrDelivered = 0;
  c.prrOut = 0;
  c.prrFlight = Math.max(1, flightSize(c));
  // Whatever the reason, the peer hears that the window is smaller (RFC 3168 §6.1.2).
  c.ecnReduced = c.ecn;
  c.congestion.congested({ ...factsOf(c), inFlight: c.prrFlight });
}

/** What is sent and not acknowledged, whatever SACK says of it (RFC 5681 §2): that filled the path when it got too much. */
function flightSize(c: Connection): number {
  return c.board.inFlight + c.board.lostBytes + c.board.sackedBytes;
}

/** The window within a recovery: it comes down to the threshold in step with what arrives (RFC 6937 §3). */
function reduce(c: Connection, delivered: number): void {
  const { board, congestion } = c;
  c.prrDelivered += delivered;
  // Each duplicate ACK without SACK is a segment that has left the network.
  const pipe = c.sackAllowed ? board.inFlight : Math.max(0, board.inFlight - c.duplicateAcks * c.segment);
  let more: number;
  if (pipe > congestion.threshold) {
    more = Math.ceil((c.prrDelivered * congestion.threshold) / c.prrFlight) - c.prrOut;
  } else {
    const limit = Math.max(c.prrDelivered - c.prrOut, delivered) + c.segment;
    more = Math.min(congestion.threshold - pipe, limit);
  }
  // The first retransmission goes at once.
  if (c.prrOut === 0) more = Math.max(more, c.segment);
  congestion.window = board.inFlight + Math.max(0, more);
}

function finish(c: Connection): void {
  if (c.loss === 'recovery') {
    c.congestion.window = Math.max(c.congestion.threshold, 2 * c.segment);
    if (c.reorderSteps > 1 && --c.reorderPersist <= 0) c.reorderSteps = 1;
  }
  c.loss = 'open';
  c.duplicateAcks = 0;
  c.eifelArmed = false;
}

/** The retransmission timer has run out: all that is in flight counts as lost (RFC 5681 §3.1, RFC 6298 §5). */
export function timedOut(c: Connection): void {
  if (c.loss !== 'loss') {
    c.congestion.timedOut({ ...factsOf(c), inFlight: flightSize(c) });
    c.eifelArmed = false;
  }
  c.ecnReduced = c.ecn;
  c.loss = 'loss';
  c.recoveryPoint = c.sndNxt;
  c.duplicateAcks = 0;
  c.probeOut = false;
  c.congestion.window = c.segment;
  // What the peer said to have out of order it may have thrown away (RFC 2018 §8).
  if (c.board.first?.sacked) {
    c.board.forgetSacks();
    c.seenSackCount = 0;
  }
  for (let i = 0; i < c.board.count; i++) c.board.lose(c.board.at(i));
  c.rackForward = later(c.rackForward, c.sndUna);
}

/**
 * The connection goes another way: congestion control begins anew. Of losses that are being repaired it is not told, since
 * they are the old way's. That goes on as after a timeout: a recovery would end at a threshold, which a control that is new
 * does not have. Without SACK only a recovery finds the next hole: the next ACK, or three, begin another.
 */
export function beginAnew(c: Connection): void {
  c.congestion = c.settings.congestion(c.segment);
  c.duplicateAcks = 0;
  if (c.loss === 'recovery') c.loss = c.sackAllowed ? 'loss' : 'open';
}

/**
 * An ACK that advanced came with an echo of a timestamp from before the first retransmission: the original had arrived,
 * nothing was lost (Eifel, RFC 3522). The window is as it was.
 */
export function detectSpurious(c: Connection, echo: number, hasEcho: boolean): void {
  if (c.loss === 'open' || !c.eifelArmed || !hasEcho || !c.timestamps) return;
  c.eifelArmed = false;
  if (((echo - c.eifelTimestamp) | 0) >= 0) return;
  // Reordering and losses together: one needless retransmission says nothing of the others.
  if (c.loss === 'recovery' && c.board.lostBytes + c.board.sackedBytes > 0) return;
  c.congestion.undo();
  c.board.finds();
  c.loss = 'open';
  c.duplicateAcks = 0;
  c.reorderingSeen = true;
}
