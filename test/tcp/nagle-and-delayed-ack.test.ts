import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.7.4 (SHLD-7), RFC 896: a short segment waits while others are on their way', () => {
  const script = new TcpScript();
  const user = script.establish();
  user.write(Buffer.from('a'));
  script.peer.expect({ seq: 1, text: 'a' });
  user.write(Buffer.from('b'));
  user.write(Buffer.from('c'));
  script.peer.expectNothing();
  script.peer.send({ seq: 1, ack: 2 });
  script.peer.expect({ seq: 2, text: 'bc' });
});

test('RFC 9293 §3.7.4: full segments do not wait, and the short rest of them does', () => {
  const script = new TcpScript();
  const user = script.establish();
  user.write(Buffer.from('a'));
  user.write(new Uint8Array(1_500));
  script.peer.expect({ seq: 1, length: 1 });
  script.peer.expect({ seq: 2, length: 1460 });
  script.peer.expectNothing();
});

test('RFC 9293 §3.7.4 (MUST-17): Nagle can be switched off', () => {
  const script = new TcpScript({ noDelay: true });
  const user = script.establish();
  for (const text of ['a', 'b', 'c']) {
    user.write(Buffer.from(text));
    script.peer.expect({ flags: 'AP', text });
  }
});

test('RFC 9293 §3.7.4: a close lets the short segment go', () => {
  const script = new TcpScript();
  const user = script.establish();
  user.write(Buffer.from('a'));
  user.write(Buffer.from('b'));
  user.end();
  script.peer.expect({ text: 'a' });
  script.peer.expect({ flags: 'FA', text: 'b' });
});

test('RFC 9293 §3.9.1.2 (MUST-60): PSH is set on what empties the queue', () => {
  const script = new TcpScript();
  script.establish().write(new Uint8Array(2 * 1460));
  expect([script.peer.expect({}).flags, script.peer.expect({}).flags]).toEqual(['A', 'PA']);
});

test('RFC 9293 §3.8.6.3 (MUST-40): an ACK waits for company, less than half a second', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 10 });
  script.peer.expectNothing();
  const waited = script.peer.await({ flags: 'A', ack: 11, length: 0 });
  expect(waited).toBe(40_000);
  expect(waited).toBeLessThan(500_000);
});

test('RFC 9293 §3.8.6.3, RFC 5681 §4.2: every second full segment is acknowledged at once', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 1460 });
  script.peer.expectNothing();
  script.peer.send({ seq: 1461, ack: 1, payload: 1460 });
  script.peer.expect({ ack: 2921 });
  script.peer.expectNothing();
});

test('RFC 5681 §4.2: "full" is what the peer fills its segments with, not what we could take', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 536 });
  script.peer.send({ seq: 537, ack: 1, payload: 536 });
  script.peer.expect({ ack: 1073 });
});

test('RFC 9293 §3.8.6.3: bytes that go out carry the ACK that waits', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 10 });
  script.user.write(Buffer.from('answer'));
  script.peer.expect({ ack: 11, text: 'answer' });
  script.peer.send({ seq: 11, ack: 7 });
  expect(script.isQuiet).toBe(true);
});

test('RFC 5681 §4.2: a segment beyond a gap, and one that fills a gap, are acknowledged at once', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 11, ack: 1, payload: 10 });
  script.peer.expect({ ack: 1 });
  script.peer.send({ seq: 1, ack: 1, payload: 5 });
  script.peer.expect({ ack: 6 });
  script.peer.send({ seq: 6, ack: 1, payload: 5 });
  script.peer.expect({ ack: 21 });
});

test('RFC 9293 §3.10.7.4: a FIN is acknowledged at once', () => {
  const script = new TcpScript();
  script.establish().closesBack = false;
  script.peer.send({ flags: 'FA', seq: 1, ack: 1, payload: 1 });
  script.peer.expect({ flags: 'A', ack: 3 });
});
