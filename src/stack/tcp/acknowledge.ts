import { TCP_ECE, TCP_FIN, TCP_SYN } from '../../wire/tcp.js';
import { SACK_BLOCKS } from '../../wire/tcp-options.js';
import type { Connection, IncomingSegment } from './connection.js';
import {
  countDuplicates,
  creditDuplicates,
  detectLosses,
  detectSpurious,
  heedCongestion,
  noteDelivered,
  recover,
} from './recovery.js';
import { type Sent, unseenFrom } from './scoreboard.js';
import { before, distance } from './sequence.js';

/** What one ACK has brought. One object, filled anew. */
const news = { bytes: 0, rtt: 0, echo: 0, hasEcho: false };
let current: Connection | null = null;

function delivered(sent: Sent, bytes: number): void {
  const c = current;
  if (c === null) return;
  news.bytes += bytes;
  if (!sent.retransmitted) news.rtt = Math.max(1, c.environment.now() - sent.sentAt);
  noteDelivered(c, sent, news.echo, news.hasEcho);
}

/** The ACK field and the SACK blocks of an acceptable segment (RFC 9293 §3.10.7.4, RFC 2018, RFC 6675, RFC 8985). */
export function acknowledge(c: Connection, segment: IncomingSegment): void {
  const { ack, options } = segment;
  if (before(ack, c.sndUna)) return;
  const duplicate = isDuplicate(c, segment);
  const windowBefore = c.sndWnd;
  takeWindow(c, segment);
  const advance = distance(c.sndUna, ack);
  current = c;
  news.bytes = 0;
  news.rtt = 0;
  news.echo = options.timestampEcho;
  news.hasEcho = c.timestamps && options.hasTimestamps && options.timestampEcho !== 0;
  if (advance > 0) advanceTo(c, ack, advance);
  const sawDsack = c.sackAllowed && takeSacks(c, segment);
  current = null;
  measure(c, advance > 0);
  if (advance > 0) detectSpurious(c, options.timestampEcho, news.hasEcho);
  if (c.ecn && segment.flags & TCP_ECE) heedCongestion(c);
  endProbe(c, segment, advance, sawDsack);
  if (c.sackAllowed) {
    if (news.bytes > 0) detectLosses(c);
  } else if (duplicate && c.sndWnd === windowBefore) {
    countDuplicates(c);
    news.bytes = c.segment; // some segment has arrived
  } else if (advance > 0) news.bytes = creditDuplicates(c, news.bytes);
  recover(c, news.bytes, advance > 0);
}

/** RFC 5681 §2: an ACK that acknowledges nothing new while something is on its way, without payload. */
function isDuplicate(c: Connection, { ack, payloadLength, flags }: IncomingSegment): boolean {
  return ack === c.sndUna && payloadLength === 0 && c.board.count > 0 && (flags & (TCP_SYN | TCP_FIN)) === 0;
}

function takeWindow(c: Connection, { seq, ack, window }: IncomingSegment): void {
  if (before(seq, c.sndWl1) || (seq === c.sndWl1 && before(ack, c.sndWl2))) return;
  c.sndWnd = window * 2 ** c.sndScale;
  if (c.sndWnd > c.sndWndMax) c.sndWndMax = c.sndWnd;
  c.sndWl1 = seq;
  c.sndWl2 = ack;
  if (c.retransmitKind !== 'persist') return;
  // It was asked whether it opens, and has answered: only silence is counted.
  c.backoff = c.sndWnd > 0 ? 0 : c.backoff;
  if (c.sndWnd > 0) c.retransmitAt = Number.POSITIVE_INFINITY;
}

function advanceTo(c: Connection, ack: number, advance: number): void {
  c.board.acknowledge(ack, delivered);
  const finArrived = c.finSent && before(c.finSeq, ack);
  c.queue.release(advance - (finArrived ? 1 : 0));
  c.sndUna = ack;
  c.backoff = 0;
  c.retransmitFrom = c.environment.now();
}

/** Answers true when one told of bytes that came twice (RFC 2883). */
function takeSacks(c: Connection, { ack, options }: IncomingSegment): boolean {
  const { sackLeft, sackRight, sackCount } = options;
  if (sackCount === 0) {
    c.seenSackCount = 0;
    return false;
  }
  let sawDsack = false;
  c.seenSack ??= new Int32Array(2 * SACK_BLOCKS);
  for (let i = 0; i < sackCount; i++) {
    const left = sackLeft[i];
    const right = sackRight[i];
    if (!before(left, right) || before(c.sndNxt, right)) continue;
    if (i === 0 && isDsack(left, right, ack, sackCount > 1, sackLeft[1], sackRight[1])) {
      sawDsack = true;
      c.dsackSeen = true;
      continue;
    }
    if (before(left, c.sndUna)) continue;
    // Blocks grow at their right end: what an earlier ACK told is not gone through again.
    let from = left;
    for (let j = 0; j < c.seenSackCount; j++) {
      from = unseenFrom(from, right, c.seenSack[2 * j], c.seenSack[2 * j + 1]);
    }
    if (before(from, right)) c.board.sack(from, right, delivered);
  }
  c.seenSackCount = 0;
  for (let i = 0; i < sackCount; i++) {
    // One that was not gone through has not been seen.
    if (before(sackLeft[i], c.sndUna) || before(c.sndNxt, sackRight[i])) continue;
    c.seenSack[2 * c.seenSackCount] = sackLeft[i];
    c.seenSack[2 * c.seenSackCount++ + 1] = sackRight[i];
  }
  return sawDsack;
}

function isDsack(
  left: number,
  right: number,
  ack: number,
  hasNext: boolean,
  nextLeft: number,
  nextRight: number,
): boolean {
  if (!before(ack, right)) return true;
  return hasNext && !before(left, nextLeft) && !before(nextRight, right);
}

function measure(c: Connection, advanced: boolean): void {
  let rtt = news.rtt;
  // A range sent twice tells nothing by its own time (Karn), but the echo says which of them came (RFC 7323 §4).
  if (rtt === 0 && advanced && news.hasEcho) {
    const nowMillis = (Math.floor(c.environment.now() / 1000) + c.timestampOffset) | 0;
    const age = distance(news.echo, nowMillis);
    if (age >= 0 && age < 600_000) rtt = Math.max(1, age) * 1000;
  }
  if (rtt === 0) return;
  const perRound = (c.board.inFlight + news.bytes) / (2 * c.segment);
  c.rtt.measure(rtt, c.environment.now(), perRound);
}

/** A tail loss probe is answered (RFC 8985 §7.4): was what it repaired a loss, that is congestion. */
function endProbe(c: Connection, segment: IncomingSegment, advance: number, sawDsack: boolean): void {
  const { ack, payloadLength, options } = segment;
  if (!c.probeOut || before(ack, c.probeEnd)) return;
  if (!c.probeWasRetransmission || sawDsack) {
    c.probeOut = false;
    return;
  }
  if (before(c.probeEnd, ack)) {
    c.probeOut = false;
    heedCongestion(c); // smaller by the usual measure, once
    return;
  }
  // A second ACK of the same: the original had come as well.
  if (advance === 0 && payloadLength === 0 && options.sackCount === 0) c.probeOut = false;
}
