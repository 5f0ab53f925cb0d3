import type { Connection, TcpFailure } from './connection.js';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Ends a connection: its timers, bytes and place in the host's tables are gone; bytes that the application has not read
 * yet stay readable unless it failed. After both ends have closed, the host keeps a record for TIME-WAIT if this end
 * closed first (RFC 9293 §3.6.1). The user hears of it by `tellEnd`, after whatever else there is to tell.
 */
export function finish(c: Connection, failure: TcpFailure | null): void {
  if (isOver(c)) return;
  const waits = failure === null && (c.state === 'fin-wait-2' || c.state === 'closing') && c.finReceived;
  c.state = waits ? 'time-wait' : 'closed';
  c.failure = failure;
  c.retransmitAt = NEVER;
  c.ackAt = NEVER;
  c.keepAliveAt = NEVER;
  c.endAt = NEVER;
  c.queue.clear();
  c.board.clear();
  c.inbox.forgetPieces();
  if (failure !== null) c.inbox.clear();
  c.environment.schedule(c);
  c.environment.retire(c);
}

export function isOver(c: Connection): boolean {
  return c.state === 'closed' || c.state === 'time-wait';
}

/** Tells the user that it is over, if it is, once. */
export function tellEnd(c: Connection): void {
  if (!isOver(c) || c.endTold) return;
  c.endTold = true;
  c.user.closed(c, c.failure);
}
