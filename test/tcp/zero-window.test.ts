import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

/** A host whose application does not read, with 4,000 bytes of room. */
function stuffed(): TcpScript {
  const script = new TcpScript({ receiveBuffer: 4_000, receiveBufferMost: 4_000 });
  script.establish().reads = false;
  for (let at = 0; at < 4_000; at += 1_000) script.peer.send({ seq: 1 + at, ack: 1, payload: 1_000 });
  script.after(50_000);
  return script;
}

test('RFC 9293 §3.8.6: a reader that stops shuts the window, and the right edge never moves back (SHLD-14)', () => {
  const script = stuffed();
  const edges = script.peer.seen.map(({ ack, window }) => ack + window);
  expect(edges).toEqual([4_001, 4_001]);
  expect(script.peer.seen.at(-1)).toMatchObject({ ack: 4_001, window: 0 });
});

test('RFC 9293 §3.10.7.4, §3.8.6.1 (MUST-66): text for a shut window is not taken, but answered', () => {
  const script = stuffed();
  script.peer.ignore();
  script.peer.send({ seq: 4_001, ack: 1, payload: 1 });
  script.peer.expect({ ack: 4_001, window: 0 });
  script.user.reads = true;
  script.user.drain();
  expect(script.user.received).toBe(4_000);
});

test('RFC 9293 §3.10.7.4 (MUST-66): with a shut window ACKs and resets are still taken', () => {
  const script = stuffed();
  script.user.write(Buffer.from('x'));
  script.peer.ignore();
  script.peer.send({ seq: 4_001, ack: 2 });
  expect(script.user.connection.board.count).toBe(0);
  script.peer.send({ flags: 'R', seq: 4_001 });
  expect(script.user.failure).toBe('ECONNRESET');
});

test('RFC 9293 §3.10.7.4 (MUST-66): the ACK with text that does not fit is taken', () => {
  const script = stuffed();
  script.user.write(Buffer.from('x'));
  script.peer.ignore();
  script.peer.send({ seq: 4_001, ack: 2, payload: 100 });
  expect(script.user.connection.board.count).toBe(0);
});

test('RFC 9293 §3.8.6.2.2 (MUST-39): a window opens by a segment, or half of the buffer, at least', () => {
  const script = stuffed();
  script.peer.ignore();
  script.user.readsAtOnce = 100;
  const { connection } = script.user;
  connection.inbox.read(1_000);
  script.peer.send({ seq: 4_000, ack: 1, payload: 1 });
  script.peer.expect({ window: 0 });
  connection.inbox.read(500);
  script.peer.send({ seq: 4_000, ack: 1, payload: 1 });
  // 1,500 bytes are free: more than a segment.
  expect(script.peer.expect({ ack: 4_001 }).window).toBeGreaterThanOrEqual(1_000);
});

test('RFC 9293 §3.8.6.2.2: who reads tells of the open window without being asked', () => {
  const script = stuffed();
  script.peer.ignore();
  script.user.drain();
  const told = script.peer.seen.at(-1);
  expect((told?.window ?? 0) >= 2_000).toBe(true);
});

test('RFC 9293 §3.10.7.4: what lies beyond the window is cut off, with its FIN', () => {
  const script = new TcpScript({ receiveBuffer: 1_000, receiveBufferMost: 1_000 });
  script.establish().reads = false;
  script.peer.send({ flags: 'FA', seq: 1, ack: 1, payload: 1_200 });
  script.peer.expect({ ack: 1_001, window: 0 });
  expect(script.user.connection.finReceived).toBe(false);
});

test('RFC 9293 §3.8.6 (MUST-34): a peer that takes back window is borne: nothing new goes, what is out is sent again', () => {
  const script = new TcpScript({ sack: false });
  const user = script.establish({ window: 10_000, sackPermitted: false });
  user.write(new Uint8Array(20_000));
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1461, window: 1_000 });
  script.peer.expectNothing();
  script.peer.await({ seq: 1461 });
  script.peer.send({ seq: 1, ack: 10_001, window: 5_000 });
  expect(script.peer.seen.every(({ seq, length }) => seq + length <= 15_001)).toBe(true);
});

test('RFC 9293 §3.10.7.4: an older segment does not bring back an older window (SND.WL1, SND.WL2)', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 10, window: 5_000 });
  script.peer.send({ seq: 11, ack: 1, payload: 10, window: 6_000 });
  script.peer.send({ seq: 1, ack: 1, payload: 15, window: 100 });
  expect(connection.sndWnd).toBe(6_000);
  script.user.write(Buffer.from('xy'));
  script.peer.send({ seq: 21, ack: 3, window: 7_000 });
  script.peer.send({ seq: 21, ack: 1, window: 50 });
  expect(connection.sndWnd).toBe(7_000);
  // Newer text with an older ACK: its window is older too.
  script.peer.send({ seq: 31, ack: 1, window: 50, payload: 1 });
  expect(connection.sndWnd).toBe(7_000);
});

test('RFC 9293 §3.4: ACKs sent from the very end of a full window count', () => {
  const script = new TcpScript({ receiveBuffer: 2_000, receiveBufferMost: 2_000 });
  script.establish();
  script.user.write(Buffer.from('x'));
  script.peer.ignore();
  // The first 1,000 bytes of the window are lost; the peer's ACKs have the number behind all of it.
  script.peer.send({ seq: 1_001, ack: 1, payload: 1_000 });
  script.peer.send({ seq: 2_001, ack: 2 });
  expect(script.user.connection.board.count).toBe(0);
});
