import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { clearTcpOptions, noTcpOptions, SACK_BLOCKS } from '../../wire/tcp-options.js';
import type { Connection, OutgoingSegment } from './connection.js';
import { armRetransmission, cancelAck } from './deadlines.js';
import { acceptedWindow } from './receive-window.js';
import type { Sent } from './scoreboard.js';
import { distance } from './sequence.js';

const segment: OutgoingSegment = {
  ...{ seq: 0, ack: 0, flags: 0, window: 0, options: noTcpOptions() },
  ...{ payloadOffset: 0, payloadLength: 0, segmentSize: 0, ecnCapable: false },
};

/** Sends whatever may be sent now: what was lost, then new bytes, a FIN, and an ACK if nothing carried it. */
export function output(c: Connection): void {
  if (isSynchronised(c)) {
    while (retransmitNext(c));
    while (sendNew(c));
  } else if (c.stalled && c.state !== 'closed') sendSyn(c);
  if (c.ackNow) sendAck(c);
  armRetransmission(c);
}

/** True from ESTABLISHED on. */
export function isSynchronised(c: Connection): boolean {
  return c.state !== 'closed' && c.state !== 'syn-sent' && c.state !== 'syn-received';
}

/** Bytes of payload in a segment that carries the options of an ordinary one (RFC 6691: they take from its room). */
export function payloadRoom(c: Connection): number {
  return c.segment - (c.timestamps ? 12 : 0);
}

/** Bytes that were written and never sent. */
export function unsentBytes(c: Connection): number {
  return c.finSent ? 0 : c.queue.length - distance(c.sndUna, c.sndNxt);
}

/** Sends the next lost range again, as far as the congestion window lets. True when it sent. */
function retransmitNext(c: Connection): boolean {
  const lost = c.board.nextLost();
  if (lost === null) return false;
  const room = payloadRoom(c);
  const allowed = c.congestion.window - c.board.inFlight;
  if (allowed < Math.min(lost.length, room) && c.board.inFlight > 0) return false;
  return retransmit(c, lost, Math.max(room, Math.floor(allowed / room) * room));
}

/** Sends a range, or its first `most` bytes, again. False: there was no room for it below; it waits as it was. */
export function retransmit(c: Connection, sent: Sent, most: number): boolean {
  const room = payloadRoom(c);
  // More than its window the peer would throw away; a segment that it let us send it may still take (RFC 9293 §3.8.6).
  const length = Math.min(sent.length, most, Math.max(room, Math.floor(c.burst / room) * room));
  c.board.cut(sent, (sent.seq + length) | 0);
  const isFin = c.finSent && sent.end === ((c.finSeq + 1) | 0);
  const payload = sent.length - (isFin ? 1 : 0);
  if (!sendRange(c, sent.seq, payload, isFin, false)) return false;
  c.counts.retransmitted++;
  if (!c.eifelArmed && c.timestamps && c.loss !== 'open') {
    c.eifelArmed = true;
    c.eifelTimestamp = segment.options.timestamp;
  }
  c.prrOut += sent.length;
  const now = c.environment.now();
  if (sent === c.board.first) c.retransmitFrom = now;
  c.board.resent(sent, now);
  return true;
}

/**
 * Sends one segment of new bytes, as much as the peer's window takes, whatever else speaks against it: a probe.
 * False when the window has no room, or what is below.
 */
export function sendForced(c: Connection): boolean {
  const inWindow = distance(c.sndNxt, (c.sndUna + c.sndWnd) | 0);
  const length = Math.min(unsentBytes(c), inWindow, payloadRoom(c));
  return length > 0 && sendNewRange(c, length, false);
}

/** Sends new bytes, or the FIN. True when more may follow. */
function sendNew(c: Connection): boolean {
  if (c.finSent) return false;
  const unsent = unsentBytes(c);
  if (unsent === 0 && !c.finWanted) return false;
  const room = payloadRoom(c);
  const inWindow = distance(c.sndNxt, (c.sndUna + c.sndWnd) | 0);
  const inCongestion = c.congestion.window - c.board.inFlight;
  if (inWindow <= 0) return false; // a FIN takes a number of the window too
  if (inCongestion < Math.min(room, Math.max(1, unsent)) && c.board.inFlight > 0) {
    c.windowLimited = true;
    return false;
  }
  const burst = Math.max(room, Math.floor(c.burst / room) * room);
  let length = Math.min(unsent, Math.max(0, inWindow), Math.max(room, inCongestion), burst);
  const ends = c.finWanted && length === unsent && inWindow > length;
  if (length > room && length < unsent) length -= length % room;
  else if (length % room !== 0 && !mayBeShort(c, length, unsent, room)) {
    if (length < room) return false;
    length -= length % room;
  }
  const fin = ends && length === unsent;
  if (length === 0 && !fin) return false;
  if (!sendNewRange(c, length, fin)) return false;
  c.windowLimited = c.congestion.window - c.board.inFlight < room;
  return true;
}

/** False: there was no room for it below; nothing has changed. */
function sendNewRange(c: Connection, length: number, fin: boolean): boolean {
  const now = c.environment.now();
  // An idle connection knows the path no more (RFC 5681 §4.1).
  if (c.board.count === 0) restartAfterIdle(c, now);
  const from = c.sndNxt;
  const end = (from + length + (fin ? 1 : 0)) | 0;
  if (!sendRange(c, from, length, fin, true)) return false;
  if (c.board.count === 0) c.retransmitFrom = now;
  c.board.add(from, end, now);
  c.prrOut += length;
  if (fin) {
    c.finSent = true;
    c.finSeq = (from + length) | 0;
    if (c.state === 'established') c.state = 'fin-wait-1';
    else if (c.state === 'close-wait') c.state = 'last-ack';
  }
  c.sndNxt = end;
  return true;
}

/**
 * May a segment be shorter than it could be? Nagle (RFC 9293 §3.7.4) says not while others are on their way; the silly
 * window says not unless it is a good part of the largest window seen (§3.8.6.2.1).
 */
function mayBeShort(c: Connection, length: number, unsent: number, room: number): boolean {
  if (length === unsent) return c.noDelay || c.finWanted || (c.board.count === 0 && length < room);
  if (length >= room) return false; // the full ones go; the rest is looked at again
  return length >= c.sndWndMax / 2;
}

function restartAfterIdle(c: Connection, now: number): void {
  const idle = now - c.lastSentAt;
  if (c.lastSentAt === Number.NEGATIVE_INFINITY || idle < c.rtt.timeout) return;
  c.congestion.idle(idle);
  const start = c.settings.congestion(c.segment).window;
  if (c.congestion.window > start && c.loss === 'open') c.congestion.window = start;
}

function sendRange(c: Connection, seq: number, payload: number, fin: boolean, isNew: boolean): boolean {
  const offset = distance(c.sndUna, seq);
  let flags = TCP_ACK | (fin ? TCP_FIN : 0);
  if (payload > 0 && offset + payload === c.queue.length) flags |= TCP_PSH;
  const room = payloadRoom(c);
  // SACK blocks go along as far as the segment has room beside its payload (RFC 6691); else an ACK of their own has them.
  const blocks = (room - Math.min(payload, room) - 4) >> 3;
  const owesAck = c.ackNow && blocks < 1 && hasSack(c);
  fill(c, seq, flags, blocks);
  segment.payloadOffset = offset;
  segment.payloadLength = payload;
  segment.segmentSize = payload > room ? room : 0;
  segment.ecnCapable = c.ecn && isNew && payload > 0;
  const tellsReduced = segment.ecnCapable && c.ecnReduced;
  if (tellsReduced) segment.flags |= TCP_CWR;
  if (!send(c)) return false;
  if (tellsReduced) c.ecnReduced = false;
  if (owesAck) c.ackNow = true;
  c.lastSentAt = c.environment.now();
  c.counts.bytesOut += payload;
  return true;
}

/** An ACK without payload; it is tried again soon when there is no room for it below. */
export function sendAck(c: Connection): void {
  fill(c, c.sndNxt, TCP_ACK);
  if (send(c)) return;
  c.ackNow = true;
  c.ackAt = c.environment.now() + c.settings.ackDelay;
  c.environment.schedule(c);
}

/** A segment below the window: whoever gets it has to say where he stands (RFC 9293 §3.8.4 and §3.8.6.1). */
export function sendProbe(c: Connection): void {
  fill(c, (c.sndUna - 1) | 0, TCP_ACK);
  send(c);
}

/** SYN, or SYN and ACK in SYN-RECEIVED (RFC 9293 §3.5). */
export function sendSyn(c: Connection): void {
  const isAnswer = c.state === 'syn-received';
  fill(c, c.iss, TCP_SYN | (isAnswer ? TCP_ACK : 0));
  const { options } = segment;
  const { settings } = c;
  options.mss = Math.min(c.path.largestSegment, 0xffff);
  options.sackPermitted = isAnswer ? c.sackAllowed : settings.sack;
  options.windowScale = (isAnswer ? c.scaling : settings.windowScaling) ? offeredScale(c) : -1;
  options.hasTimestamps = isAnswer ? c.timestamps : settings.timestamps;
  if (options.hasTimestamps) options.timestamp = timestampOf(c);
  options.sackCount = 0;
  // A retransmitted SYN does without ECN: something on the way may dislike it (RFC 3168 §6.1.1.1).
  if (isAnswer ? c.ecn : settings.ecn === 'ask' && c.backoff === 0) {
    segment.flags |= isAnswer ? TCP_ECE : TCP_ECE | TCP_CWR;
  }
  // Never scaled in a SYN (RFC 7323 §2.2).
  segment.window = Math.min(c.receiveLimit, 0xffff);
  if (isAnswer) c.rcvAdvertised = (c.rcvNxt + segment.window) | 0;
  send(c);
}

/** The shift that lets the largest buffer be told in 16 bits. */
export function offeredScale(c: Connection): number {
  let scale = 0;
  while (scale < 14 && c.settings.receiveBufferMost >> scale > 0xffff) scale++;
  return scale;
}

/** A reset, at the number that the peer expects (RFC 9293 §3.10.5). */
export function sendReset(c: Connection): void {
  fill(c, c.sndNxt, TCP_RST | TCP_ACK);
  segment.options.sackCount = 0;
  send(c);
}

function fill(c: Connection, seq: number, flags: number, sackBlocks = SACK_BLOCKS): void {
  const { options } = segment;
  clearTcpOptions(options);
  segment.seq = seq;
  segment.ack = flags & TCP_ACK ? c.rcvNxt : 0;
  segment.flags = flags;
  segment.payloadOffset = 0;
  segment.payloadLength = 0;
  segment.segmentSize = 0;
  segment.ecnCapable = false;
  segment.window = 0;
  if (c.timestamps) {
    options.hasTimestamps = true;
    options.timestamp = timestampOf(c);
    options.timestampEcho = c.recentTimestamp;
  }
  if (c.state === 'syn-sent' || flags & TCP_SYN) return;
  if (c.ecnEcho && c.ecn) segment.flags |= TCP_ECE;
  segment.window = acceptedWindow(c);
  if (sackBlocks > 0 && hasSack(c)) fillSack(c, sackBlocks);
}

function hasSack(c: Connection): boolean {
  return c.sackAllowed && (c.hasDsack || c.inbox.pieceCount > 0);
}

function fillSack(c: Connection, room: number): void {
  const { options } = segment;
  if (c.hasDsack) {
    options.sackLeft[0] = c.dsackLeft;
    options.sackRight[0] = c.dsackRight;
    options.sackCount = 1;
    c.hasDsack = false;
  }
  if (c.inbox.pieceCount === 0) return;
  const from = options.sackCount;
  const most = Math.min(room, c.timestamps ? 3 : SACK_BLOCKS) - from;
  const count = c.inbox.islands(options.sackLeft.subarray(from), options.sackRight.subarray(from), most);
  options.sackCount = from + count;
}

/** False: there is no room for it below. */
function send(c: Connection): boolean {
  c.stalled = !c.environment.send(c, segment);
  if (c.stalled) return false;
  c.counts.segmentsOut++;
  if (segment.flags & TCP_ACK) {
    c.lastAckSent = c.rcvNxt;
    cancelAck(c);
  }
  return true;
}

/** Our timestamp clock: milliseconds, from a beginning of the connection's own (RFC 7323 §5.4). */
export function timestampOf(c: Connection): number {
  return (Math.floor(c.environment.now() / 1000) + c.timestampOffset) | 0;
}
