import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { acknowledge } from './acknowledge.js';
import type { Connection, IncomingSegment } from './connection.js';
import { delayAck, restartKeepAlive } from './deadlines.js';
import { finish, isOver, tellEnd } from './finish.js';
import {
  isSynchronised,
  offeredScale,
  output,
  payloadRoom,
  sendAck,
  sendReset,
  sendSyn,
  timestampOf,
} from './output.js';
import { before, distance } from './sequence.js';

/** At most one answer in this time to segments that nobody should have sent (RFC 5961 §7, and ACK loops). */
export const CHALLENGE_EVERY = 500_000;
/** A timestamp so old says nothing (RFC 7323 §5.5). */
const TIMESTAMPS_LAST = 24 * 86_400_000_000;
/** What is to be waited for the first bytes after a SYN was lost, while the round trip is unknown (RFC 6298 §5.7). */
const TIMEOUT_AFTER_LOST_SYN = 3_000_000;
/** A peer that asks for smaller segments gets these: they cost a host too much. */
const SMALLEST_MSS = 64;
/** States in which text may come. */
const RECEIVE_STATES = new Set(['established', 'fin-wait-1', 'fin-wait-2']);

/** A segment has come for a connection (RFC 9293 §3.10.7). Calls the user at its end. */
export function arrive(c: Connection, segment: IncomingSegment): void {
  c.counts.segmentsIn++;
  if (isOver(c)) return;
  const readable = c.inbox.readable;
  const queued = c.queue.length;
  const ended = c.finReceived;
  const handshaking = !isSynchronised(c);
  if (c.state === 'syn-sent') arriveInSynSent(c, segment);
  else process(c, segment);
  if (!isOver(c)) output(c);
  // The user may write, close or abort in any of these.
  const left = c.queue.length < queued;
  if (handshaking && isSynchronised(c)) c.user.established(c);
  if (c.inbox.readable > readable && !c.endTold) c.user.readable(c);
  if (c.finReceived && !ended && !c.endTold) c.user.ended(c);
  if (left && !isOver(c)) c.user.writable(c);
  tellEnd(c);
}

/** RFC 9293 §3.10.7.4: a segment for any state but LISTEN and SYN-SENT. */
function process(c: Connection, segment: IncomingSegment): void {
  const { flags } = segment;
  if (!checkTimestamps(c, segment)) return;
  if (c.state === 'syn-received' && flags & TCP_SYN && segment.seq === c.irs && !(flags & TCP_RST)) {
    arriveSynAgain(c, segment);
    return;
  }
  if (!isAcceptable(c, segment)) {
    // A reset outside of the window is no reset (RFC 5961 §3.2); anything else is told where we stand.
    if (!(flags & TCP_RST)) answerStray(c, segment);
    return;
  }
  if (flags & TCP_RST) {
    reset(c, segment);
    return;
  }
  if (flags & TCP_SYN) {
    // RFC 5961 §4.2: whoever restarted will answer the ACK with a reset.
    challenge(c);
    return;
  }
  if (!(flags & TCP_ACK)) return;
  if (!checkAck(c, segment)) return;
  noteTimestamp(c, segment);
  c.lastReceivedAt = c.environment.now();
  restartKeepAlive(c, c.keepAliveAt !== Number.POSITIVE_INFINITY);
  if (c.state === 'syn-received') becomeEstablished(c, segment);
  acknowledge(c, segment);
  if (!afterAck(c)) return;
  heedMarks(c, segment);
  if (segment.payloadLength > 0 || flags & TCP_FIN) takeText(c, segment);
}

/** The peer's SYN, once more: our answer was lost; or, when both ends have called each other, the answer to ours. */
function arriveSynAgain(c: Connection, segment: IncomingSegment): void {
  if (!(segment.flags & TCP_ACK)) {
    sendSyn(c);
    return;
  }
  if (!checkAck(c, segment)) return;
  c.lastReceivedAt = c.environment.now();
  becomeEstablished(c, segment);
  takeFirstWindow(c, segment);
}

/** Protection against wrapped sequence numbers (RFC 7323 §5.3). False: the segment is not to be looked at. */
function checkTimestamps(c: Connection, segment: IncomingSegment): boolean {
  if (!c.timestamps || segment.flags & TCP_RST) return true;
  if (!segment.options.hasTimestamps) return (segment.flags & TCP_SYN) !== 0; // dropped: RFC 7323 §3.2
  if (((segment.options.timestamp - c.recentTimestamp) | 0) >= 0) return true;
  if (c.environment.now() - c.recentAt > TIMESTAMPS_LAST) return true;
  c.counts.duplicates++;
  answerStray(c, segment);
  return false;
}

/** RFC 9293 §3.10.7.4, the first check: does any of it lie in the window? */
function isAcceptable(c: Connection, segment: IncomingSegment): boolean {
  const { seq, flags } = segment;
  const length = segment.payloadLength + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
  const window = Math.max(0, distance(c.rcvNxt, c.rcvAdvertised));
  const offset = distance(c.rcvNxt, seq);
  if (length === 0) {
    // A sender that has filled the window and lost a segment of it sends its ACKs from the window's very end: they count,
    // though the RFC's words exclude them; resets do not.
    return offset >= 0 && (flags & TCP_RST && window > 0 ? offset < window : offset <= window);
  }
  // Its acknowledgement is worth taking even when a full window has no room for its text (§3.10.7.4, MUST-66).
  if (window === 0) return offset === 0;
  const last = offset + length - 1;
  return (offset >= 0 && offset < window) || (last >= 0 && last < window) || (offset < 0 && last >= window);
}

/** An old or stray segment is answered by an ACK: the peer may have missed one. */
function answerStray(c: Connection, segment: IncomingSegment): void {
  const end = (segment.seq + segment.payloadLength) | 0;
  if (segment.payloadLength > 0 && before(segment.seq, c.rcvNxt)) noteDuplicate(c, segment.seq, end);
  // What carries text is answered always: a sender that retransmits waits for it.
  if (segment.payloadLength > 0 || segment.flags & TCP_FIN) sendAck(c);
  else challenge(c);
}

/** A challenge ACK (RFC 5961), or another to a segment without text; not more than two in a second. */
function challenge(c: Connection): void {
  const now = c.environment.now();
  if (now - c.challengedAt < CHALLENGE_EVERY) return;
  c.challengedAt = now;
  sendAck(c);
}

/** RFC 5961 §3.2: only a reset at exactly the next number is one; others in the window are asked back. */
function reset(c: Connection, segment: IncomingSegment): void {
  if (segment.seq !== c.rcvNxt) challenge(c);
  else if (c.state === 'syn-received') finish(c, 'ECONNREFUSED');
  else if ((c.state === 'closing' || c.state === 'last-ack') && c.queue.length === 0) finish(c, null);
  else finish(c, 'ECONNRESET');
}

/** RFC 9293 §3.10.7.4, fifth check, with the range of RFC 5961 §5.2. */
function checkAck(c: Connection, segment: IncomingSegment): boolean {
  const { ack } = segment;
  if (c.state === 'syn-received' && (!before(c.sndUna, ack) || before(c.sndNxt, ack))) {
    c.environment.refuse(c, segment);
    return false;
  }
  const tooNew = before(c.sndNxt, ack);
  const tooOld = distance(ack, c.sndUna) > Math.max(c.sndWndMax, 65_535);
  if (!tooNew && !tooOld) return true;
  challenge(c);
  return false;
}

/** RFC 7323 §4.3: the timestamp of the segment that the next ACK answers is the one to be echoed. */
function noteTimestamp(c: Connection, { seq, options }: IncomingSegment): void {
  if (!c.timestamps || !options.hasTimestamps || before(c.lastAckSent, seq)) return;
  if (((options.timestamp - c.recentTimestamp) | 0) < 0) return;
  c.recentTimestamp = options.timestamp;
  c.recentAt = c.environment.now();
}

function becomeEstablished(c: Connection, segment: IncomingSegment): void {
  const now = c.environment.now();
  c.state = 'established';
  c.sndUna = (c.iss + 1) | 0;
  c.sndWl1 = (segment.seq - 1) | 0; // so that this segment's window is taken
  const age = distance(segment.options.timestampEcho, timestampOf(c));
  // The time of a SYN that was sent twice says nothing (Karn), unless its echo does.
  if (c.backoff === 0) {
    // No time at all is none that was measured: a SYN cookie keeps no time.
    if (now > c.retransmitFrom) c.rtt.measure(now - c.retransmitFrom, now, 1);
  } else if (c.timestamps && segment.options.hasTimestamps && age >= 0 && age < 60_000) {
    c.rtt.measure(Math.max(1, age) * 1000, now, 1);
  } else c.rtt.timeout = TIMEOUT_AFTER_LOST_SYN;
  // RFC 5681 §3.1: a lost SYN leaves one segment for a beginning.
  if (c.backoff > 0) c.congestion.window = c.segment;
  c.backoff = 0;
  c.retransmitFrom = now;
  c.measuredAt = now;
  if (c.settings.keepAlive) restartKeepAlive(c, true);
}

/** The window of a SYN is never scaled (RFC 7323 §2.2). */
function takeFirstWindow(c: Connection, { seq, ack, window }: IncomingSegment): void {
  c.sndWnd = window;
  c.sndWndMax = window;
  c.sndWl1 = seq;
  c.sndWl2 = ack;
  c.ackNow = true;
}

/** What the acknowledgement of our FIN leads to (RFC 9293 §3.10.7.4). False when the connection is over. */
function afterAck(c: Connection): boolean {
  if (!c.finSent || !before(c.finSeq, c.sndUna)) return true;
  if (c.state === 'fin-wait-1') {
    c.state = 'fin-wait-2';
    if (c.receiveShut) c.endAt = c.environment.now() + c.settings.finWait;
  } else if (c.state === 'closing' || c.state === 'last-ack') {
    finish(c, null, c.state === 'closing' ? 'time-wait' : 'closed');
    return false;
  }
  return true;
}

/** RFC 3168 §6.1.3: a mark is echoed until the peer says that it has heeded it. */
function heedMarks(c: Connection, { flags, congestionExperienced, payloadLength }: IncomingSegment): void {
  if (!c.ecn) return;
  if (flags & TCP_CWR) c.ecnEcho = false;
  if (congestionExperienced && payloadLength > 0 && !c.ecnEcho) {
    c.ecnEcho = true;
    c.ackNow = true;
  }
}

/** The text of a segment and its FIN (RFC 9293 §3.10.7.4, seventh and eighth). */
function takeText(c: Connection, segment: IncomingSegment): void {
  if (!RECEIVE_STATES.has(c.state)) {
    c.ackNow = true; // a FIN or text sent again: our ACK was lost
    return;
  }
  const { flags, bytes } = segment;
  let { seq, payloadAt, payloadLength } = segment;
  let fin = (flags & TCP_FIN) !== 0;
  const old = distance(seq, c.rcvNxt);
  if (old > 0) {
    noteDuplicate(c, seq, (seq + Math.min(old, payloadLength)) | 0);
    const cut = Math.min(old, payloadLength);
    payloadAt += cut;
    payloadLength -= cut;
    seq = (seq + old) | 0;
    c.ackNow = true;
    // All of it was old, and a FIN behind it too.
    if (old > segment.payloadLength) return;
  }
  // Nothing comes after a FIN.
  if (c.earlyFin) payloadLength = Math.min(payloadLength, Math.max(0, distance(seq, c.earlyFinSeq)));
  const room = distance(seq, c.rcvAdvertised);
  if (payloadLength > room) {
    payloadLength = Math.max(0, room);
    fin = false;
    c.ackNow = true;
  }
  if (payloadLength > 0 && c.receiveShut) {
    // Nobody reads any more: the peer has to know that its bytes are lost (RFC 9293 §3.6.1, RFC 2525 §2.17).
    abortUnread(c);
    return;
  }
  if (payloadLength > 0) takeBytes(c, seq, bytes, payloadAt, payloadLength);
  if (fin) takeFin(c, (seq + payloadLength) | 0);
}

function takeBytes(c: Connection, seq: number, bytes: Uint8Array, at: number, length: number): void {
  const expected = c.rcvNxt;
  const hadGap = c.inbox.pieceCount > 0;
  const { waiting } = c.inbox;
  c.rcvNxt = c.inbox.insert(seq, bytes, at, length, expected);
  const got = distance(expected, c.rcvNxt);
  if (got === 0 && c.inbox.waiting === waiting && c.inbox.holds(seq, length)) {
    noteDuplicate(c, seq, (seq + length) | 0);
  }
  c.counts.bytesIn += got;
  c.unacknowledged += got;
  if (length > c.largestArrived) c.largestArrived = length;
  // Out of order, or the end of a gap: at once (RFC 5681 §4.2). Else every second segment.
  const two = 2 * Math.min(payloadRoom(c), c.largestArrived);
  if (got === 0 || hadGap || c.unacknowledged >= two) c.ackNow = true;
  else delayAck(c);
  if (c.earlyFin && c.earlyFinSeq === c.rcvNxt) takeFin(c, c.rcvNxt);
}

function takeFin(c: Connection, at: number): void {
  c.ackNow = true;
  if (at !== c.rcvNxt) {
    if (!c.earlyFin) c.earlyFinSeq = at; // it counts when all before it has come
    c.earlyFin = true;
    return;
  }
  if (c.finReceived) return;
  c.finReceived = true;
  c.rcvNxt = (c.rcvNxt + 1) | 0;
  if (before(c.rcvAdvertised, c.rcvNxt)) c.rcvAdvertised = c.rcvNxt;
  if (c.state === 'established') c.state = 'close-wait';
  else if (c.state === 'fin-wait-1') c.state = 'closing';
  else if (c.state === 'fin-wait-2') {
    sendAck(c);
    finish(c, null, 'time-wait');
  }
}

function abortUnread(c: Connection): void {
  sendReset(c);
  finish(c, 'ECONNRESET');
}

function noteDuplicate(c: Connection, left: number, right: number): void {
  c.counts.duplicates++;
  if (!c.sackAllowed || !before(left, right)) return;
  c.hasDsack = true;
  c.dsackLeft = left;
  c.dsackRight = right;
}

/** RFC 9293 §3.10.7.3. */
function arriveInSynSent(c: Connection, segment: IncomingSegment): void {
  const { flags, ack } = segment;
  if (flags & TCP_ACK && (!before(c.iss, ack) || before(c.sndNxt, ack))) {
    if (!(flags & TCP_RST)) c.environment.refuse(c, segment);
    return;
  }
  if (flags & TCP_RST) {
    if (flags & TCP_ACK) finish(c, 'ECONNREFUSED');
    return;
  }
  if (!(flags & TCP_SYN)) return;
  takeSyn(c, segment);
  if (!(flags & TCP_ACK)) {
    // Both ends have called each other (RFC 9293 §3.5, figure 8).
    c.state = 'syn-received';
    c.ecn = false;
    sendSyn(c);
    return;
  }
  c.ecn = c.settings.ecn === 'ask' && (flags & (TCP_ECE | TCP_CWR)) === TCP_ECE;
  becomeEstablished(c, segment);
  takeFirstWindow(c, segment);
}

/** What the peer's SYN says of its end, agreed with what we offered. */
export function takeSyn(c: Connection, { seq, window, options }: IncomingSegment): void {
  const { settings } = c;
  c.irs = seq;
  c.rcvNxt = (seq + 1) | 0;
  c.rcvAdvertised = (c.rcvNxt + Math.min(c.receiveLimit, 0xffff)) | 0;
  c.lastAckSent = c.rcvNxt;
  // Without the option only what every host takes (RFC 9293 §3.7.1, MUST-15).
  const least = c.path.localAddress.length === 4 ? 536 : 1220;
  c.peerSegment = options.mss > 0 ? Math.max(options.mss, SMALLEST_MSS) : least;
  c.segment = Math.min(c.path.largestSegment, c.peerSegment);
  c.congestion = settings.congestion(c.segment);
  const scaling = settings.windowScaling && options.windowScale >= 0;
  c.sndScale = scaling ? options.windowScale : 0;
  c.scaling = scaling;
  c.rcvScale = scaling ? offeredScale(c) : 0;
  c.sackAllowed = settings.sack && options.sackPermitted;
  c.timestamps = settings.timestamps && options.hasTimestamps;
  if (c.timestamps) {
    c.recentTimestamp = options.timestamp;
    c.recentAt = c.environment.now();
  }
  c.sndWnd = window;
  c.sndWndMax = window;
  c.lastReceivedAt = c.environment.now();
}
