import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

const MSS = 1460;
/** Number of the n-th segment, counted from 0. */
const at = (n: number): number => 1 + n * MSS;

test('RFC 8985 §7.2, §7.3: a tail that nobody acknowledges is probed after two round trips: its last segment again', () => {
  const script = new TcpScript();
  script.establish().write(new Uint8Array(3 * MSS));
  script.peer.ignore();
  expect(script.peer.await({ seq: at(2), length: MSS })).toBe(20_000);
  // No second probe: the timeout, counted from the probe.
  expect(script.peer.await({ seq: at(0), length: MSS })).toBe(210_000);
});

test('RFC 8985 §7.2: a lone segment may wait for a delayed ACK: its probe waits 200 ms longer, here: for the timeout', () => {
  const script = new TcpScript();
  script.establish().write(new Uint8Array(100));
  script.peer.ignore();
  expect(script.peer.await({ seq: 1 })).toBe(210_000);
});

test('RFC 8985 §7.3: the probe is new bytes if there are some that the window takes', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  connection.congestion.window = 2 * MSS;
  script.user.write(new Uint8Array(4 * MSS));
  script.peer.expect({ seq: at(0) });
  script.peer.expect({ seq: at(1) });
  script.peer.await({ seq: at(2), length: MSS });
  expect(connection.counts.retransmitted).toBe(0);
});

test('RFC 8985 §7.4: a probe that repaired a loss makes the window smaller, one that was needless (DSACK) does not', () => {
  for (const needless of [false, true]) {
    const script = new TcpScript();
    const { connection } = script.establish();
    script.user.write(new Uint8Array(3 * MSS));
    script.peer.ignore();
    script.peer.await({ seq: at(2) });
    const dsack = needless ? { sack: [[at(2), at(3)] as const] } : {};
    script.peer.send({ seq: 1, ack: at(3), ...dsack });
    script.user.write(new Uint8Array(MSS));
    script.peer.send({ seq: 1, ack: at(4) });
    expect(connection.congestion.threshold < Number.POSITIVE_INFINITY).toBe(!needless);
  }
});

test('RFC 8985 §7.4: a second ACK of the probed end, from a peer without DSACK, shows that the probe was needless', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(3 * MSS));
  script.peer.ignore();
  script.peer.await({ seq: at(2) });
  script.peer.send({ seq: 1, ack: at(3) });
  script.peer.send({ seq: 1, ack: at(3) });
  script.user.write(new Uint8Array(MSS));
  script.peer.send({ seq: 1, ack: at(4) });
  expect(connection.congestion.threshold).toBe(Number.POSITIVE_INFINITY);
});

test('RFC 8985 §6.2: a segment that one sent later has overtaken is lost after a quarter of the round trip', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(10 * MSS));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(2)]] });
  expect(connection.loss).toBe('open');
  expect(script.peer.await({ seq: 1, length: MSS })).toBe(2_500);
  expect(connection.loss).toBe('recovery');
});

test('RFC 8985 §6.2 step 4: after reordering was seen, three segments beyond a gap do not yet mean a loss', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(10 * MSS));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(2)]] });
  script.peer.send({ seq: 1, ack: at(2) }); // the first one came late
  expect(connection.reorderingSeen).toBe(true);
  script.peer.send({ seq: 1, ack: at(2), sack: [[at(3), at(8)]] });
  expect(connection.loss).toBe('open');
  expect(script.peer.await({ seq: at(2) })).toBe(2_500);
});

test('RFC 8985 §6.2 step 4: bytes that came twice (DSACK) widen the time for reordering', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(10 * MSS));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(2)]] });
  script.peer.await({ seq: 1 });
  script.peer.send({ seq: 1, ack: at(3), sack: [[1, at(1)]] });
  script.after(10_000);
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: at(10) });
  expect(connection.reorderSteps).toBe(2);
});

test('RFC 8985 §6.2: a retransmission that is lost is found out by what was sent after it', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(20 * MSS));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(4)]] });
  script.peer.expect({ seq: 1 });
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(10)]] });
  script.peer.ignore();
  script.after(10_000);
  // New segments, sent after the retransmission, have come: it has not.
  script.peer.send({ seq: 1, ack: 1, sack: [[at(1), at(12)]] });
  script.after(5_000);
  expect(script.peer.seen.some(({ seq }) => seq === 1)).toBe(true);
  expect(connection.backoff).toBe(0);
});

test('RFC 8985 §6.2: numbers beyond 2^31 are no reordering', () => {
  for (let i = 0; i < 8; i++) {
    const script = new TcpScript();
    script.time += i * 2 ** 29 * 4;
    const { connection } = script.establish();
    script.user.write(new Uint8Array(3 * MSS));
    script.peer.send({ seq: 1, ack: at(3) });
    expect(connection.reorderingSeen).toBe(false);
  }
});
