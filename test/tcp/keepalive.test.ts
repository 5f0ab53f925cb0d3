import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

const SECOND = 1_000_000;
const keeps = {
  keepAlive: true,
  keepAliveIdle: 7200 * SECOND,
  keepAliveInterval: 75 * SECOND,
  keepAliveProbes: 3,
};

test('RFC 9293 §3.8.4 (MUST-24, MUST-25): keepalive is off unless it is asked for', () => {
  const script = new TcpScript();
  script.establish();
  expect(script.isQuiet).toBe(true);
});

test('RFC 9293 §3.8.4 (MUST-28): it waits two hours, then asks by a segment below the window', () => {
  const script = new TcpScript(keeps);
  script.establish();
  expect(script.peer.await({ flags: 'A', seq: 0, ack: 1, length: 0 })).toBe(7200 * SECOND);
});

test('RFC 9293 §3.8.4 (MUST-26, MUST-27): an answer, or anything else that comes, puts it off again', () => {
  const script = new TcpScript(keeps);
  script.establish();
  script.peer.await({ seq: 0 });
  script.peer.send({ seq: 1, ack: 1 });
  expect(script.peer.await({ seq: 0 })).toBe(7200 * SECOND);
  script.peer.send({ seq: 1, ack: 1, payload: 'x' });
  script.peer.await({ ack: 2 });
  const since = script.peer.await({ flags: 'A', seq: 0 });
  expect(since).toBe(7200 * SECOND - 40_000);
});

test('RFC 9293 §3.8.4 (MUST-29): one lost probe is no death; after several the connection is reset', () => {
  const script = new TcpScript(keeps);
  const user = script.establish();
  script.peer.await({ seq: 0 });
  expect(script.peer.await({ seq: 0 })).toBe(75 * SECOND);
  script.peer.await({ seq: 0 });
  expect(user.over).toBe(false);
  expect(script.peer.await({ flags: 'RA', seq: 1 })).toBe(75 * SECOND);
  expect(user.failure).toBe('ETIMEDOUT');
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.8.4: nothing is asked while bytes are on their way: their retransmission tells more', () => {
  const script = new TcpScript({ ...keeps, keepAliveIdle: SECOND, retries: 10 });
  const user = script.establish();
  user.write(Buffer.from('x'));
  script.peer.ignore();
  script.after(60 * SECOND);
  expect(script.peer.seen.filter(({ seq }) => seq === 0)).toEqual([]);
});

test('RFC 9293 §3.8.4: we answer the probes of others, with and without a byte of garbage', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
  script.after(SECOND);
  script.peer.send({ seq: 0, ack: 1, payload: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
});
