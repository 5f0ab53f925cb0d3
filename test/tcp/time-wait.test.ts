import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript, type Written } from '../../src/testing/tcp-script.js';

const SECOND = 1_000_000;

/** Called by the peer, closed by us first. Our next number is 2, the peer's 2. */
function waiting(timestamps = false): TcpScript {
  const script = new TcpScript({ timestamps });
  const stamp: Written = timestamps ? { timestamps: [1_000, 0] } : {};
  const user = script.accept(stamp);
  user.end();
  script.peer.expect({ flags: 'FA', seq: 1 });
  script.peer.send({ flags: 'FA', seq: 1, ack: 2, ...(timestamps ? { timestamps: [2_000, 0] } : {}) });
  script.peer.expect({ flags: 'A', ack: 2 });
  expect(user.connection.state).toBe('time-wait');
  return script;
}

test('RFC 9293 §3.6.1 (MUST-13): TIME-WAIT lasts twice a segment lifetime, here a minute, and leaves nothing', () => {
  const script = waiting();
  script.after(59 * SECOND);
  expect(script.tcp.size).toBe(1);
  script.after(2 * SECOND);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test("RFC 9293 §3.10.7.4: the peer's FIN, again, is acknowledged and starts the wait anew", () => {
  const script = waiting();
  script.after(50 * SECOND);
  script.peer.send({ flags: 'FA', seq: 1, ack: 2 });
  script.peer.expect({ flags: 'A', seq: 2, ack: 2 });
  script.after(50 * SECOND);
  expect(script.tcp.size).toBe(1);
});

test('RFC 1337 §3: a reset does not end TIME-WAIT, and gets no answer', () => {
  const script = waiting();
  for (const seq of [2, 5, -100]) script.peer.send({ flags: 'R', seq });
  script.peer.expectNothing();
  expect(script.tcp.size).toBe(1);
});

test('RFC 9293 §3.6.1, RFC 6191 §2: a SYN beyond the old numbers begins a new connection, with numbers beyond ours', () => {
  const script = waiting();
  const old = script.user.connection;
  script.peer.send({ flags: 'S', seq: 3 });
  script.peer.expect({ flags: 'SA', ack: 4 });
  expect(script.user.connection).not.toBe(old);
  expect((script.user.connection.iss - old.sndNxt) | 0).toBeGreaterThan(0);
});

test('RFC 6191 §2: a SYN with an older number is answered by an ACK, unless its timestamp is newer', () => {
  const script = waiting(true);
  script.peer.send({ flags: 'S', seq: 1, timestamps: [2_000, 0] });
  script.peer.expect({ flags: 'A', seq: 2, ack: 2 });
  script.peer.send({ flags: 'S', seq: 1, timestamps: [2_001, 0] });
  script.peer.expect({ flags: 'SA', ack: 2 });
});

test('RFC 7323 §5.3, RFC 6191: a SYN with an older timestamp begins nothing, even beyond the old numbers', () => {
  const script = waiting(true);
  script.peer.send({ flags: 'S', seq: 500, timestamps: [1_500, 0] });
  script.peer.expect({ flags: 'A', ack: 2, timestamps: true });
});

test('RFC 9293 §3.10.7.4: an ACK of where all stands is not answered: two ends that wait are quiet', () => {
  const script = waiting();
  script.peer.send({ flags: 'A', seq: 2, ack: 2 });
  script.peer.expectNothing();
});

test('RFC 5961 §7: strays in TIME-WAIT are answered rarely', () => {
  const script = waiting();
  for (let i = 0; i < 100; i++) script.peer.send({ seq: -100, ack: 2 });
  expect(script.peer.ignore()).toBe(1);
});

test('RFC 9293 §3.6: two ends that close at once and whose ACKs come twice are done after a minute', () => {
  const lab = new TcpLab();
  const servers = lab.b.listen(80);
  const client = lab.a.connect(80);
  lab.until(() => servers[0]?.events.includes('established') === true);
  Object.assign(lab.a.faults, { duplication: 0.9 });
  Object.assign(lab.b.faults, { duplication: 0.9 });
  client.end();
  servers[0]?.end();
  lab.a.recording = true;
  lab.run(100 * SECOND);
  expect(lab.left).toEqual([]);
  expect(lab.a.sent.length).toBeLessThan(10);
});

test('memory of TIME-WAIT is bounded: of many the oldest ones go', () => {
  const lab = new TcpLab(1, { timeWait: 10_000 * SECOND, timeWaitMost: 50 });
  lab.b.listen(80, () => {}, 100);
  for (let port = 1; port <= 60; port++) {
    lab.a.connect(80, port).end();
    lab.run(SECOND);
  }
  const left = [...lab.a.tcp.connections()].map(({ path }) => path.localPort).sort((a, b) => a - b);
  expect(left).toEqual(Array.from({ length: 50 }, (_, i) => 11 + i));
});
