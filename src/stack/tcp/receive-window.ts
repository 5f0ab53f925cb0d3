import type { Connection } from './connection.js';
import { before, distance } from './sequence.js';

/**
 * The window to tell the peer, as it goes on the wire, and takes note of it. It opens only by steps worth a segment
 * (RFC 9293 §3.8.6.2.2) and its right edge never moves back (§3.8.6).
 */
export function acceptedWindow(c: Connection): number {
  const edge = offeredEdge(c);
  if (before(c.rcvAdvertised, edge) && isWorthTelling(c, edge)) c.rcvAdvertised = edge;
  // Rounded down: the edge that the peer sees may go back by less than the scale, but what it was told once is accepted
  // (RFC 7323 §2.4). Rounded up, small segments would move the edge beyond the buffer, each by a little.
  return Math.min(Math.max(0, distance(c.rcvNxt, c.rcvAdvertised)) >>> c.rcvScale, 0xffff);
}

/** True when the application has read so much that the peer should hear of it without having sent anything. */
export function shouldTellWindow(c: Connection): boolean {
  const opened = distance(c.rcvAdvertised, offeredEdge(c));
  return opened >= Math.min(c.receiveLimit / 2, Math.max(2 * c.segment, c.receiveLimit / 8));
}

function offeredEdge(c: Connection): number {
  const tellable = 0xffff * 2 ** c.rcvScale;
  return (c.rcvNxt + Math.min(Math.max(0, c.receiveLimit - c.inbox.readable), tellable)) | 0;
}

function isWorthTelling(c: Connection, edge: number): boolean {
  return distance(c.rcvAdvertised, edge) >= Math.min(c.receiveLimit / 2, c.segment);
}

/**
 * The application has read `bytes`. When it reads more in a round trip than half of the buffer, the buffer is what holds
 * the sender back: it grows to twice of that, within the setting (dynamic right-sizing, as in Linux).
 */
export function growReceiveBuffer(c: Connection, bytes: number): void {
  const now = c.environment.now();
  c.readSince += bytes;
  const round = c.rtt.smoothed || 100_000;
  if (now - c.measuredAt < round) return;
  const wanted = Math.min(2 * c.readSince, c.settings.receiveBufferMost);
  // A sender that paused has told nothing about the buffer.
  if (now - c.measuredAt < 4 * round && wanted > c.receiveLimit) c.receiveLimit = wanted;
  c.readSince = 0;
  c.measuredAt = now;
}
