import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

const HOUR = 3_600_000_000;

function established(): TcpScript {
  const script = new TcpScript({ timestamps: true });
  script.establish({ timestamps: [1000, 0] });
  return script;
}

test('RFC 7323 §5.3 R1: a segment with an older timestamp is dropped and answered by an ACK', () => {
  const script = established();
  script.peer.send({ seq: 1, ack: 1, payload: 'new', timestamps: [2000, 0] });
  script.peer.ignore();
  script.peer.send({ seq: 4, ack: 1, payload: 'old', timestamps: [1999, 0] });
  script.peer.expect({ flags: 'A', ack: 4 });
  expect(String(script.user.content)).toBe('new');
});

test('RFC 7323 §5.2: timestamps are compared modulo 2^32', () => {
  const script = new TcpScript({ timestamps: true });
  script.establish({ timestamps: [0x7fff_fff0, 0] });
  script.peer.send({ seq: 1, ack: 1, payload: 'a', timestamps: [0x8000_0010 | 0, 0] });
  script.peer.send({ seq: 2, ack: 1, payload: 'b', timestamps: [0x7fff_fff5, 0] });
  expect(String(script.user.content)).toBe('a');
});

test('RFC 7323 §5.2, §5.3: a reset is not looked at by its timestamp', () => {
  const script = established();
  script.peer.send({ flags: 'R', seq: 1, timestamps: [1, 0] });
  expect(script.user.failure).toBe('ECONNRESET');
});

test('RFC 7323 §3.2: once agreed upon, a segment without a timestamp is dropped without a word, a reset is not', () => {
  const script = established();
  script.peer.send({ seq: 1, ack: 1, payload: 'bare' });
  script.peer.expectNothing();
  expect(script.user.received).toBe(0);
  script.peer.send({ flags: 'R', seq: 1 });
  expect(script.user.over).toBe(true);
});

test('RFC 7323 §3.2: every segment but a reset carries a timestamp', () => {
  const script = established();
  script.user.write(Buffer.from('x'));
  script.peer.expect({ seq: 1, timestamps: true });
  script.user.end();
  script.peer.expect({ flags: 'FA', timestamps: true });
});

test('RFC 7323 §4.3: the echo is that of the segment that the last ACK answered first, not of one beyond a gap', () => {
  const script = established();
  script.peer.send({ seq: 101, ack: 1, payload: 100, timestamps: [1100, 0] });
  expect(script.peer.expect({ ack: 1 }).timestamps).toEqual([expect.any(Number), 1000]);
  script.peer.send({ seq: 1, ack: 1, payload: 100, timestamps: [1050, 0] });
  expect(script.peer.expect({ ack: 201 }).timestamps).toEqual([expect.any(Number), 1050]);
});

test('RFC 7323 §4.3: of two segments that one delayed ACK answers, the first one is echoed', () => {
  const script = established();
  script.peer.send({ seq: 1, ack: 1, payload: 1460, timestamps: [1100, 0] });
  script.peer.send({ seq: 1461, ack: 1, payload: 1460, timestamps: [1200, 0] });
  expect(script.peer.expect({ ack: 2921 }).timestamps).toEqual([expect.any(Number), 1100]);
});

test('RFC 7323 §5.5: a timestamp that is more than 24 days old means nothing any more', () => {
  const script = established();
  script.after(25 * 24 * HOUR);
  script.peer.send({ seq: 1, ack: 1, payload: 'late', timestamps: [5, 0] });
  expect(String(script.user.content)).toBe('late');
});

test('RFC 7323 §4.1, RFC 6298 §3: with timestamps a retransmission is measured too', () => {
  const script = new TcpScript({ timestamps: true, sack: false });
  const { rtt } = script.establish({ timestamps: [1000, 0] }).connection;
  script.user.write(Buffer.from('x'));
  script.peer.ignore();
  script.after(210_000);
  const again = script.peer.expect({ seq: 1 });
  script.after(50_000);
  script.peer.send({ seq: 1, ack: 2, timestamps: [1300, again.timestamps ? again.timestamps[0] : 0] });
  expect(rtt.latest).toBe(50_000);
});

test('RFC 7323 §5.4: our clock ticks once a millisecond', () => {
  const script = established();
  script.user.write(Buffer.from('x'));
  const first = script.peer.expect({ seq: 1 }).timestamps || [0, 0];
  script.after(123_000);
  script.peer.send({ seq: 1, ack: 2, timestamps: [1100, first[0]] });
  script.user.write(Buffer.from('y'));
  const second = script.peer.expect({ seq: 2 }).timestamps || [0, 0];
  expect((second[0] - first[0]) | 0).toBe(123);
});
