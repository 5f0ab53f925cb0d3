import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

const MSS = 1460;

/** Both ends have agreed upon ECN. */
function agreed(): TcpScript {
  const script = new TcpScript({ ecn: 'ask' });
  script.establish({ flags: 'SAE' });
  return script;
}

test('RFC 3168 §6.1.1: a SYN asks by ECE and CWR, a SYN,ACK agrees by ECE', () => {
  const script = agreed();
  expect(script.user.connection.ecn).toBe(true);
  const called = new TcpScript({ ecn: 'asked' });
  called.listen();
  called.peer.send({ flags: 'SEC', seq: 0 });
  called.peer.expect({ flags: 'SAE' });
});

test('RFC 3168 §6.1.1: no agreement: a SYN,ACK without ECE, or with CWR; a SYN with one flag; a host that is not to', () => {
  for (const flags of ['SA', 'SAEC']) {
    const script = new TcpScript({ ecn: 'ask' });
    script.connect();
    script.peer.expect({ flags: 'SEC' });
    script.peer.send({ flags, seq: 0, ack: 1 });
    expect(script.user.connection.ecn).toBe(false);
  }
  for (const [flags, ecn] of [
    ['SE', 'ask'],
    ['SC', 'ask'],
    ['S', 'ask'],
    ['SEC', 'off'],
  ] as const) {
    const script = new TcpScript({ ecn });
    script.listen();
    script.peer.send({ flags, seq: 0 });
    script.peer.expect({ flags: 'SA' });
  }
});

test('RFC 3168 §6.1.1.1: a SYN that was lost is sent again without ECN', () => {
  const script = new TcpScript({ ecn: 'ask' });
  script.connect();
  script.peer.expect({ flags: 'SEC' });
  script.peer.await({ flags: 'S' });
});

test('RFC 3168 §6.1.1, §6.1.4, §6.1.5: new bytes are ECN-capable; SYNs, ACKs and retransmissions are not', () => {
  const script = new TcpScript({ ecn: 'ask', sack: false });
  script.connect();
  script.peer.expect({ flags: 'SEC', ecnCapable: false });
  script.peer.send({ flags: 'SAE', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A', ecnCapable: false });
  script.user.write(Buffer.from('x'));
  script.peer.expect({ text: 'x', ecnCapable: true });
  script.peer.await({ text: 'x', ecnCapable: false });
});

test('RFC 3168 §6.1.3: a mark is echoed in every ACK until the peer says CWR', () => {
  const script = agreed();
  script.peer.send({ seq: 1, ack: 1, payload: 10 }, true);
  script.peer.expect({ flags: 'AE', ack: 11 });
  script.peer.send({ seq: 11, ack: 1, payload: 10 });
  script.user.write(Buffer.from('x'));
  script.peer.expect({ flags: 'AE', ack: 21, text: 'x' });
  script.peer.send({ flags: 'AC', seq: 21, ack: 2, payload: 10 });
  script.peer.await({ flags: 'A', ack: 31 });
});

test('RFC 3168 §6.1.2: an echo makes the window smaller, once in a round trip, and is answered by CWR', () => {
  const script = agreed();
  const { connection } = script.user;
  script.user.write(new Uint8Array(40 * MSS));
  script.peer.ignore();
  const before = connection.congestion.window;
  script.peer.send({ flags: 'AE', seq: 1, ack: 1 + MSS });
  script.peer.send({ flags: 'AE', seq: 1, ack: 1 + 2 * MSS });
  const { threshold } = connection.congestion;
  expect(threshold).toBeLessThan(before);
  script.peer.send({ flags: 'AE', seq: 1, ack: 1 + 5 * MSS });
  expect(connection.congestion.threshold).toBe(threshold);
  const marked = script.peer.seen.filter(({ flags }) => flags.includes('C'));
  expect(marked.length).toBe(1);
  expect(marked[0]?.ecnCapable).toBe(true);
  expect(connection.counts.retransmitted).toBe(0);
});

test('RFC 3168 §6.1.2: a loss, too, is answered by CWR in the next new segment', () => {
  const script = agreed();
  script.user.write(new Uint8Array(40 * MSS));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[1 + MSS, 1 + 9 * MSS]] });
  expect(script.peer.seen.map(({ flags }) => flags.includes('C')).indexOf(true)).toBe(1);
});

test('without an agreement marks and echoes mean nothing', () => {
  const script = new TcpScript({ ecn: 'off' });
  script.establish();
  script.peer.send({ flags: 'AE', seq: 1, ack: 1, payload: 1 }, true);
  script.peer.await({ flags: 'A', ack: 2, ecnCapable: false });
  expect(script.user.connection.loss).toBe('open');
});
