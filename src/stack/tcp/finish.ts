import type { Connection, TcpFailure } from './connection.js';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Ends a connection: its timers, bytes and place in the host's tables are gone; bytes that the application has not read
 * yet stay readable unless it failed. With `time-wait` the host keeps a record, as an end that closed first has to (RFC
 * 9293 §3.6.1). The user hears of it by `tellEnd`, after whatever else there is to tell.
 */
export function finish(
  c: Connection,
  failure: TcpFailure | null,
  state: 'closed' | 'time-wait' = 'closed',
): void {
  if (isOver(c)) return;
  c.state = state;
  c.failure = failure;
  c.retransmitAt = NEVER;
  c.ackAt = NEVER;
  c.keepAliveAt = NEVER;
  c.endAt = NEVER;
  c.ackNow = false;
  c.stalled = false;
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
