import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.10.7.4, RFC 5961 §3.2: a reset at just the next number ends the connection', () => {
  const script = new TcpScript();
  const user = script.establish();
  script.peer.send({ flags: 'R', seq: 1 });
  script.peer.expectNothing();
  expect([user.failure, script.tcp.size, script.isQuiet]).toEqual(['ECONNRESET', 0, true]);
});

test('RFC 5961 §3.2: another reset within the window is asked back by a challenge ACK', () => {
  const script = new TcpScript();
  const user = script.establish();
  script.peer.send({ flags: 'R', seq: 1_000 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
  expect(user.over).toBe(false);
  // A peer that is really gone answers the challenge with the number it was told.
  script.peer.send({ flags: 'R', seq: 1 });
  expect(user.failure).toBe('ECONNRESET');
});

test('RFC 5961 §3.2: a reset outside of the window is dropped without a word', () => {
  const script = new TcpScript();
  const user = script.establish();
  script.peer.send({ flags: 'R', seq: 0 });
  script.peer.send({ flags: 'R', seq: 10_000_000 });
  script.peer.expectNothing();
  expect(user.over).toBe(false);
});

test('RFC 5961 §4.2, RFC 9293 §3.10.7.4: a SYN, wherever it lies, is answered by a challenge ACK', () => {
  for (const seq of [1, 500, -500, 10_000_000]) {
    const script = new TcpScript();
    script.establish();
    script.peer.send({ flags: 'S', seq });
    script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
    expect(script.user.over).toBe(false);
  }
});

test('RFC 5961 §5.2: an ACK of what was not sent, or from before the largest window, is challenged and not taken', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ window: 2_000 });
  script.peer.send({ seq: 1, ack: 2, payload: 'forged' });
  script.peer.expect({ flags: 'A', ack: 1 });
  script.after(1_000_000);
  script.peer.send({ seq: 1, ack: -70_000, payload: 'forged' });
  script.peer.expect({ flags: 'A', ack: 1 });
  expect([connection.counts.bytesIn, script.user.received]).toEqual([0, 0]);
  script.peer.send({ seq: 1, ack: 0, payload: 'old ACK, right text' });
  expect(script.user.received).toBe(19);
});

test('RFC 5961 §7: challenges are rare, however many forgeries come', () => {
  const script = new TcpScript();
  script.establish();
  for (let i = 0; i < 1_000; i++) script.peer.send({ flags: i % 2 ? 'S' : 'R', seq: 100 + i });
  expect(script.peer.ignore()).toBe(1);
  script.after(1_000_000);
  script.peer.send({ flags: 'S', seq: 100 });
  expect(script.peer.ignore()).toBe(1);
});

test('RFC 9293 §3.10.7.4: text outside of the window is answered by an ACK, and not taken', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1_000_000, ack: 1, payload: 'far away' });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
  expect(script.user.received).toBe(0);
});

test('RFC 9293 §3.10.7.4: a segment without ACK is dropped', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ flags: '', seq: 1, payload: 'bare' });
  script.peer.send({ flags: 'F', seq: 1 });
  script.peer.expectNothing();
  expect([script.user.received, script.user.connection.state]).toEqual([0, 'established']);
});

test('RFC 9293 §3.5.1, figure 9: a half-open connection is found out when the peer calls again', () => {
  const script = new TcpScript();
  const user = script.accept();
  script.peer.send({ flags: 'S', seq: 400 });
  const challenge = script.peer.expect({ flags: 'A', ack: 1 });
  script.peer.send({ flags: 'R', seq: challenge.ack });
  expect(user.failure).toBe('ECONNRESET');
  script.peer.send({ flags: 'S', seq: 400 });
  script.peer.expect({ flags: 'SA', ack: 401 });
});

test('RFC 5961 §7: two ends that disagree about everything do not answer each other for ever', () => {
  const lab = new TcpLab();
  const servers = lab.b.listen(80);
  const client = lab.a.connect(80);
  lab.until(() => servers[0]?.events.includes('established') === true);
  // Each end's idea of the other's numbers is wrong now: every ACK is an old one.
  client.connection.rcvNxt = (client.connection.rcvNxt + 100_000) | 0;
  client.connection.rcvAdvertised = (client.connection.rcvAdvertised + 100_000) | 0;
  lab.a.recording = true;
  client.write(Buffer.from('x'));
  lab.run(10_000_000);
  expect(lab.a.sent.length).toBeLessThan(60);
  lab.a.tcp.close();
  lab.b.tcp.close();
});
