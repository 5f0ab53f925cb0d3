import { expect, test } from 'vitest';
import { TcpScript } from '../../testing/tcp-script.js';
import { initialWindow } from './congestion/contract.js';
import { takeWay } from './operate.js';

test('in SYN-SENT: the next SYN tells what the new way carries, and the peer is taken at its word', () => {
  const script = new TcpScript();
  const { connection } = script.connect();
  script.peer.expect({ flags: 'S', mss: 1460 });
  takeWay(connection, 8960, 0);
  script.peer.expectNothing();
  script.peer.await({ flags: 'S', seq: 0, mss: 8960 });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1, mss: 9000 });
  expect(connection.segment).toBe(8960);
});

test('in SYN-RECEIVED: the initial window is that of the new way', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0, mss: 1460, sackPermitted: true });
  const { connection } = script.user;
  expect(connection.state).toBe('syn-received');
  takeWay(connection, 500, 0);
  expect([connection.segment, connection.congestion.window]).toEqual([500, initialWindow(500)]);
});

test('a narrower way: nothing that is in flight counts as lost; new segments, and what is sent again, are shorter', () => {
  const script = new TcpScript({ noDelay: true });
  const { connection } = script.establish();
  script.user.write(new Uint8Array(4 * 1460));
  expect(script.peer.ignore()).toBe(4);
  takeWay(connection, 500, 0);
  script.peer.expectNothing();
  script.user.write(new Uint8Array(1000));
  expect(script.peer.seen.every(({ seq, length }) => seq > 4 * 1460 && length <= 500)).toBe(true);
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1, sack: [[1461, 4 * 1460 + 1]] });
  script.peer.await({ seq: 1, length: 500 });
});

test('a wider way: segments grow as far as the peer takes them', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ mss: 4000, scale: 4 });
  expect(connection.segment).toBe(1460);
  takeWay(connection, 8960, 0);
  expect(connection.segment).toBe(4000);
  script.user.write(new Uint8Array(8000));
  script.peer.expect({ seq: 1, length: 4000 });
});

test('narrower than 68 bytes no way is: segments of 28 bytes go', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  takeWay(connection, -10, 0);
  script.user.write(new Uint8Array(40));
  script.peer.expect({ seq: 1, length: 28 });
});

test.each([
  true,
  false,
])('within a recovery (SACK: %s): what is missing is sent again; then the window is a beginner’s, and finite', (sackPermitted) => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 4, sackPermitted });
  connection.congestion.window = 40 * 1460;
  script.user.write(new Uint8Array(40 * 1460));
  expect(script.peer.ignore()).toBe(40);
  script.after(10_000);
  for (let n = 1; n <= 5; n++) {
    const sack = sackPermitted ? ([[1461, 1461 + n * 1460]] as const) : [];
    script.peer.send({ seq: 1, ack: 1, sack });
  }
  expect(connection.loss).toBe('recovery');
  expect(script.peer.ignore()).toBe(1);
  takeWay(connection, 1460, 0);
  expect(connection.loss).not.toBe('recovery');
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1 + 40 * 1460 });
  const { window, threshold } = connection.congestion;
  expect([connection.loss, threshold]).toEqual(['open', Number.POSITIVE_INFINITY]);
  expect(window).toBeGreaterThanOrEqual(initialWindow(1460));
  expect(window).toBeLessThanOrEqual(initialWindow(1460) + 40 * 1460);
  // It goes on as any other.
  script.user.write(new Uint8Array(200 * 1460));
  expect(script.peer.ignore()).toBe(Math.floor(window / 1460));
});

test('what the old way’s window held back goes at once', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  connection.congestion.window = 1460;
  script.user.write(new Uint8Array(5 * 1460));
  expect(script.peer.ignore()).toBe(1);
  takeWay(connection, 1460, 0);
  expect(script.peer.ignore()).toBe(4);
});

test('losses of the old way that are still to be repaired do not make the new one’s window smaller', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 4 });
  connection.congestion.window = 40 * 1460;
  script.user.write(new Uint8Array(40 * 1460));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[1 + 30 * 1460, 1 + 40 * 1460]] });
  expect(connection.board.lostBytes).toBeGreaterThan(15 * 1460);
  script.peer.ignore();
  takeWay(connection, 1460, 0);
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1 + 5 * 1460, sack: [[1 + 30 * 1460, 1 + 40 * 1460]] });
  expect(connection.congestion.threshold).toBe(Number.POSITIVE_INFINITY);
  expect(script.peer.ignore()).toBeGreaterThan(5);
});

test('without SACK duplicates are counted anew', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 4, sackPermitted: false });
  script.user.write(new Uint8Array(10 * 1460));
  script.peer.ignore();
  script.after(10_000);
  for (let n = 0; n < 6; n++) script.peer.send({ seq: 1, ack: 1 });
  script.peer.ignore();
  takeWay(connection, 1460, 0);
  script.peer.expectNothing();
  for (let n = 0; n < 3; n++) script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ seq: 1, length: 1460 });
});

test('without SACK the holes of a recovery that was left are found one after the other', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 4, sackPermitted: false });
  connection.congestion.window = 20 * 1460;
  script.user.write(new Uint8Array(20 * 1460));
  script.peer.ignore();
  script.after(10_000);
  // The first opens the window, or moves on: three more are duplicates.
  for (let n = 0; n < 4; n++) script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ seq: 1, length: 1460 });
  takeWay(connection, 1460, 0);
  for (let n = 0; n < 4; n++) script.peer.send({ seq: 1, ack: 1461 });
  script.peer.expect({ seq: 1461, length: 1460 });
});

test('a connection that is over is left alone', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.peer.send({ flags: 'R', seq: 1 });
  const { congestion, segment } = connection;
  takeWay(connection, 500, 0);
  expect([connection.congestion === congestion, connection.segment]).toEqual([true, segment]);
  script.peer.expectNothing();
});
