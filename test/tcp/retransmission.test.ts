import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

/** SACK off: no tail loss probe comes before the timer. */
const plain = { sack: false };

test('RFC 6298 §2.2, §5.4: what is not acknowledged is sent again after the timeout', () => {
  const script = new TcpScript(plain);
  script.establish().write(Buffer.from('hello'));
  script.peer.expect({ seq: 1, text: 'hello' });
  // SRTT 10 ms, and at least 200 ms on top.
  expect(script.peer.await({ seq: 1, text: 'hello' })).toBe(210_000);
});

test('RFC 6298 §2.2, §2.3: SRTT, RTTVAR and RTO follow the measurements', () => {
  const script = new TcpScript(plain);
  const { rtt } = script.establish({}, 400_000).connection;
  expect([rtt.smoothed, rtt.variation, rtt.timeout]).toEqual([400_000, 200_000, 1_200_000]);
  script.user.write(Buffer.from('a'));
  script.after(800_000);
  script.peer.send({ seq: 1, ack: 2 });
  // RTTVAR 3/4 · 200 + 1/4 · |400 − 800|, SRTT 7/8 · 400 + 1/8 · 800.
  expect([rtt.variation, rtt.smoothed, rtt.timeout]).toEqual([250_000, 450_000, 1_450_000]);
});

test('RFC 6298 §5.5, RFC 9293 §3.8.1 (MUST-19): the timeout doubles, to a minute at most', () => {
  const script = new TcpScript({ ...plain, blackHoleAfter: 100 });
  script.establish().write(Buffer.from('x'));
  script.peer.expect({ seq: 1 });
  const waits = Array.from({ length: 11 }, () => script.peer.await({ seq: 1, text: 'x' }) / 1000);
  expect(waits).toEqual([210, 420, 840, 1680, 3360, 6720, 13_440, 26_880, 53_760, 60_000, 60_000]);
});

test('RFC 6298 §5.3, §5.7: an acknowledgement of new bytes starts the timer anew, without the doubling', () => {
  const script = new TcpScript(plain);
  script.establish().write(Buffer.from('x'));
  script.peer.expect({ seq: 1 });
  script.peer.await({ seq: 1 });
  script.peer.await({ seq: 1 });
  script.peer.send({ seq: 1, ack: 2 });
  script.user.write(Buffer.from('y'));
  script.peer.expect({ seq: 2 });
  expect(script.peer.await({ seq: 2 })).toBe(210_000);
});

test('RFC 6298 §3, RFC 9293 §3.8.1 (Karn, MUST-18): the ACK of a segment that was sent twice is no measurement', () => {
  const script = new TcpScript(plain);
  const { rtt } = script.establish().connection;
  script.user.write(Buffer.from('x'));
  script.peer.expect({ seq: 1 });
  script.peer.await({ seq: 1 });
  script.after(100_000);
  script.peer.send({ seq: 1, ack: 2 });
  expect(rtt.smoothed).toBe(10_000);
});

test('RFC 6298 §5.2: when all is acknowledged no timer runs', () => {
  const script = new TcpScript(plain);
  script.establish().write(Buffer.from('x'));
  script.peer.send({ seq: 1, ack: 2 });
  expect(script.isQuiet).toBe(true);
});

test('RFC 9293 §3.8.3 (MUST-20, SHLD-11): a connection is given up after 15 retransmissions, beyond 100 s, with an error', () => {
  const script = new TcpScript({ ...plain, blackHoleAfter: 100 });
  const user = script.establish();
  const begin = script.time;
  user.write(Buffer.from('x'));
  while (!user.over && script.tick());
  expect(user.failure).toBe('ETIMEDOUT');
  expect(script.peer.ignore()).toBe(16);
  expect(script.time - begin).toBeGreaterThan(100_000_000);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.8.3, §3.9.2.2: what a router said of the way is the reason in the end, and nothing before (MUST-56)', () => {
  const script = new TcpScript({ ...plain, retries: 3 });
  const user = script.establish();
  user.write(Buffer.from('x'));
  expect(script.tcp.unreachable(script.ends(), (script.peer.hostIsn ?? 0) + 1, 'EHOSTUNREACH', false)).toBe(
    true,
  );
  expect(user.over).toBe(false);
  while (!user.over && script.tick());
  expect(user.failure).toBe('EHOSTUNREACH');
});

test('RFC 5927 §4.1: an ICMP error about a number that is not on its way is a forgery', () => {
  const script = new TcpScript();
  const user = script.connect();
  const isn = user.connection.iss;
  expect(script.tcp.unreachable(script.ends(), isn + 1, 'ECONNREFUSED', true)).toBe(false);
  expect(script.tcp.unreachable(script.ends(), isn - 1, 'ECONNREFUSED', true)).toBe(false);
  expect(user.over).toBe(false);
  expect(script.tcp.unreachable(script.ends(), isn, 'ECONNREFUSED', true)).toBe(true);
  expect(user.failure).toBe('ECONNREFUSED');
});

test('RFC 5681 §3.2: the third duplicate ACK brings the lost segment at once', () => {
  const script = new TcpScript(plain);
  script.establish({ sackPermitted: false }).write(new Uint8Array(14_600));
  for (let i = 0; i < 10; i++) script.peer.expect({ seq: 1 + i * 1460 });
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1 });
  script.peer.send({ seq: 1, ack: 1 });
  script.peer.expectNothing();
  script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ seq: 1, length: 1460 });
  script.peer.expectNothing();
});

test('RFC 5681 §2: an ACK with text, or with another window, is no duplicate', () => {
  const script = new TcpScript(plain);
  script.establish({ sackPermitted: false }).write(new Uint8Array(14_600));
  script.peer.ignore();
  for (let i = 0; i < 5; i++) script.peer.send({ seq: 1 + i, ack: 1, payload: 1 });
  for (let i = 0; i < 5; i++) script.peer.send({ seq: 6, ack: 1, window: 60_000 + i });
  expect(script.peer.seen.filter(({ length }) => length > 0)).toEqual([]);
});

test('RFC 6582 §3.2: a partial ACK within a recovery brings the next lost segment, a full one ends it', () => {
  const script = new TcpScript(plain);
  const user = script.establish({ sackPermitted: false });
  user.write(new Uint8Array(14_600));
  script.peer.ignore();
  for (let i = 0; i < 3; i++) script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ seq: 1, length: 1460 });
  script.peer.send({ seq: 1, ack: 1 + 3 * 1460 });
  script.peer.expect({ seq: 1 + 3 * 1460, length: 1460 });
  script.peer.send({ seq: 1, ack: 14_601 });
  expect([user.connection.loss, user.connection.board.count]).toEqual(['open', 0]);
});

test('RFC 6582 §4: after a timeout, duplicate ACKs of old segments do not begin another recovery', () => {
  const script = new TcpScript(plain);
  script.establish({ sackPermitted: false }).write(new Uint8Array(14_600));
  script.peer.ignore();
  script.peer.await({ seq: 1 });
  const { threshold } = script.user.connection.congestion;
  script.peer.send({ seq: 1, ack: 1461 });
  script.peer.ignore();
  for (let i = 0; i < 6; i++) script.peer.send({ seq: 1, ack: 1461 });
  expect(script.user.connection.loss).toBe('loss');
  expect(script.user.connection.congestion.threshold).toBe(threshold);
});

test('RFC 6298 §5.4, RFC 5681 §3.1: after a timeout one segment goes, and the window grows from there', () => {
  const script = new TcpScript(plain);
  const { connection } = script.establish({ sackPermitted: false });
  script.user.write(new Uint8Array(14_600));
  script.peer.ignore();
  script.peer.await({ seq: 1, length: 1460 });
  script.peer.expectNothing();
  expect(connection.congestion.window).toBe(1460);
  script.peer.send({ seq: 1, ack: 1461 });
  script.peer.expect({ seq: 1461 });
  script.peer.expect({ seq: 2921 });
  script.peer.expectNothing();
});

test('RFC 3522 (Eifel): an echo from before the retransmission shows that nothing was lost', () => {
  const script = new TcpScript({ ...plain, timestamps: true });
  const user = script.establish({ timestamps: [1000, 0], sackPermitted: false });
  user.write(new Uint8Array(7_240));
  const first = script.peer.expect({ seq: 1 });
  script.peer.ignore();
  const { congestion } = user.connection;
  const { window } = congestion;
  script.peer.await({ seq: 1 });
  expect(congestion.window).toBeLessThan(window);
  const echo = first.timestamps ? first.timestamps[0] : 0;
  script.peer.send({ seq: 1, ack: 1449, timestamps: [1300, echo] });
  expect(user.connection.loss).toBe('open');
  expect(congestion.window).toBeGreaterThanOrEqual(window);
  script.peer.expectNothing(); // nothing else is sent again
});

test('RFC 3522 (Eifel): one needless retransmission says nothing of what else is missing', () => {
  const script = new TcpScript({ timestamps: true });
  const { connection } = script.establish({ timestamps: [1000, 0] });
  const at = (n: number): number => 1 + n * 1448;
  script.user.write(new Uint8Array(14_480));
  const first = script.peer.expect({ seq: 1 });
  script.peer.ignore();
  script.after(10_000);
  const echo = first.timestamps ? first.timestamps[0] : 0;
  const blocks = [[at(5), at(9)]] as const;
  script.peer.send({ seq: 1, ack: 1, timestamps: [1010, echo], sack: [[at(1), at(4)], ...blocks] });
  script.peer.expect({ seq: 1 });
  const { threshold } = connection.congestion;
  script.peer.send({ seq: 1, ack: at(4), timestamps: [1011, echo], sack: blocks });
  expect([connection.loss, connection.congestion.threshold]).toEqual(['recovery', threshold]);
});

test('RFC 9293 §3.8: want of room below pauses sending: nothing counts as lost, and `resume` goes on', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.hasRoom = false;
  script.user.write(new Uint8Array(3_000));
  script.user.end();
  expect([connection.sndNxt - connection.iss, connection.board.count]).toEqual([1, 0]);
  script.after(100_000);
  script.hasRoom = true;
  script.tcp.resume();
  script.peer.expect({ seq: 1, length: 1460 });
  script.peer.expect({ seq: 1461, length: 1460 });
  script.peer.expect({ flags: 'FA', seq: 2921, length: 80 });
  expect(connection.counts.retransmitted).toBe(0);
});

test('want of room below: an ACK, a SYN and a retransmission are made up for, without `resume` too; nobody is given up', () => {
  const script = new TcpScript({ sack: false, retries: 3 });
  script.hasRoom = false;
  script.connect();
  script.peer.expectNothing();
  script.hasRoom = true;
  script.tcp.resume();
  script.peer.expect({ flags: 'S', seq: 0 });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A' });
  script.user.write(Buffer.from('x'));
  script.peer.expect({ seq: 1 });
  script.hasRoom = false;
  script.peer.send({ seq: 2, ack: 1, payload: 1 });
  script.after(600_000_000);
  script.peer.expectNothing();
  expect(script.user.over).toBe(false);
  script.hasRoom = true;
  script.peer.await({ ack: 1 });
  script.peer.await({ seq: 1, text: 'x' });
});

test('want of room below: `resume` lets everybody send who waits, until the room is used up again', () => {
  const lab = new TcpLab();
  const servers = lab.b.listen(80);
  const clients = [1, 2, 3].map((port) => lab.a.connect(80, port));
  lab.run(1_000_000);
  let room = 0;
  lab.a.hasRoom = () => room-- > 0;
  for (const client of clients) client.write(Buffer.from('x'));
  room = 2;
  lab.a.tcp.resume();
  lab.run(10_000);
  expect(servers.map(({ received }) => received)).toEqual([1, 1, 0]);
  room = 100;
  lab.a.tcp.resume();
  lab.run(10_000);
  expect(servers.map(({ received }) => received)).toEqual([1, 1, 1]);
});
