import type { Connection, TcpFailure } from './connection.js';
import { finish, isOver, tellEnd } from './finish.js';
import { isSynchronised, output, payloadRoom, sendAck, sendReset, sendSyn } from './output.js';
import { SMALLEST_PATH } from './path.js';
import { growReceiveBuffer, shouldTellWindow } from './receive-window.js';
import { beginAnew } from './recovery.js';

/** What the application asks of a connection (RFC 9293 §3.10.1 to 3.10.5). */

/** Calls the peer: sends a SYN. */
export function open(c: Connection, iss: number, timestampOffset: number): void {
  start(c, iss, timestampOffset);
  c.state = 'syn-sent';
  sendSyn(c);
  output(c);
}

/** Sets the numbers of a connection that begins. `timestampOffset`: see `Connection`. */
export function start(c: Connection, iss: number, timestampOffset: number): void {
  const now = c.environment.now();
  c.iss = iss;
  c.sndUna = iss;
  c.sndNxt = (iss + 1) | 0;
  c.rackForward = iss;
  c.reorderRoundEnd = iss;
  c.retransmitFrom = now;
  c.lastReceivedAt = now;
  c.measuredAt = now;
  c.timestampOffset = timestampOffset;
}

/** Queues bytes; they must not be changed until they are acknowledged. Nothing happens when the sending side is closed. */
export function write(c: Connection, bytes: Uint8Array): void {
  if (c.finWanted || isOver(c)) return;
  c.queue.push(bytes);
  output(c);
}

/** The next bytes in order, at most `most`; null when there are none now. */
export function read(c: Connection, most = Number.POSITIVE_INFINITY): Uint8Array | null {
  const bytes = c.inbox.read(most);
  if (bytes === null) return null;
  growReceiveBuffer(c, bytes.length);
  tellWindow(c);
  return bytes;
}

/** Tells the peer of the window if that has opened enough since it last heard. */
export function tellWindow(c: Connection): void {
  if (isSynchronised(c) && !c.finReceived && shouldTellWindow(c)) sendAck(c);
}

/** No more bytes will be written: a FIN follows those that were, after the handshake where that is not done. */
export function shutdown(c: Connection): void {
  if (c.finWanted || isOver(c)) return;
  c.finWanted = true;
  output(c);
}

/**
 * The application is gone: what comes from now on is unwanted. Bytes that it has not read, or that come later, make a
 * reset of the orderly end (RFC 9293 §3.6.1).
 */
export function release(c: Connection): void {
  if (c.receiveShut) return;
  c.receiveShut = true;
  if (isOver(c)) {
    c.inbox.clear();
    return;
  }
  if (c.inbox.readable > 0 || (c.state === 'syn-sent' && c.queue.length === 0)) {
    abort(c, null);
    return;
  }
  if (c.state === 'fin-wait-2') {
    c.endAt = c.environment.now() + c.settings.finWait;
    c.environment.schedule(c);
  }
  shutdown(c);
}

/** Ends it at once; the peer gets a reset. Nothing happens when it has ended. */
export function abort(c: Connection, failure: TcpFailure | null): void {
  if (isOver(c)) return;
  if (isSynchronised(c) || c.state === 'syn-received') sendReset(c);
  finish(c, failure);
  tellEnd(c);
}

/**
 * The connection goes another way from now on: its segments are as long as that carries and the peer takes, and what was
 * learnt of the old way's capacity is forgotten. What is in flight went the old way, where it fitted: longer segments count
 * as lost only if they are. `largestSegment` and `burst`: see `ConnectionPath`.
 */
export function takeWay(c: Connection, largestSegment: number, burst: number): void {
  if (isOver(c)) return;
  const { path } = c;
  path.largestSegment = Math.max(largestSegment, SMALLEST_PATH);
  path.burst = burst;
  // In SYN-SENT the peer has not told yet what it takes: its SYN settles this anew.
  c.segment = Math.min(path.largestSegment, c.peerSegment);
  c.burst = burst > c.segment ? burst : 0;
  beginAnew(c);
  output(c);
}

/** The path carries less than was thought (RFC 1191, RFC 8201): what is on its way in larger segments is sent again. */
export function narrow(c: Connection, largestSegment: number): void {
  if (largestSegment >= c.segment) return;
  c.segment = Math.max(largestSegment, SMALLEST_PATH);
  c.path.largestSegment = Math.min(c.path.largestSegment, c.segment);
  if (!isSynchronised(c) || isOver(c)) return;
  const room = payloadRoom(c);
  for (let i = 0; i < c.board.count; i++) {
    const sent = c.board.at(i);
    if (sent.length > room) c.board.lose(sent);
  }
  output(c);
}
