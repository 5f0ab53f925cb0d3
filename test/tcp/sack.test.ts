import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 2018 §4, RFC 5681 §4.2: text beyond a gap is told at once, the block that grew last first', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 101, ack: 1, payload: 100 });
  script.peer.expect({ ack: 1, sack: [[101, 201]] });
  script.peer.send({ seq: 301, ack: 1, payload: 100 });
  script.peer.expect({
    ack: 1,
    sack: [
      [301, 401],
      [101, 201],
    ],
  });
  script.peer.send({ seq: 201, ack: 1, payload: 50 });
  script.peer.expect({
    ack: 1,
    sack: [
      [101, 251],
      [301, 401],
    ],
  });
  script.peer.send({ seq: 1, ack: 1, payload: 100 });
  script.peer.expect({ ack: 251, sack: [[301, 401]] });
  script.peer.send({ seq: 251, ack: 1, payload: 50 });
  script.peer.expect({ ack: 401, sack: [] });
});

test('RFC 2018 §3: four blocks fit, three beside timestamps', () => {
  for (const [timestamps, most] of [
    [false, 4],
    [true, 3],
  ] as const) {
    const script = new TcpScript({ timestamps });
    script.establish(timestamps ? { timestamps: [1, 0] } : {});
    for (let i = 0; i < 6; i++) {
      const stamp = timestamps ? { timestamps: [2, 0] as const } : {};
      script.peer.send({ seq: 101 + 200 * i, ack: 1, payload: 100, ...stamp });
    }
    const last = script.peer.seen.at(-1);
    expect(last?.sack.length).toBe(most);
    expect(last?.sack[0]).toEqual([1101, 1201]);
    script.peer.ignore();
  }
});

test('RFC 2018 §2: without the option in the SYN,ACK no blocks are sent, and blocks that come mean nothing', () => {
  const script = new TcpScript();
  const user = script.establish({ sackPermitted: false });
  script.peer.send({ seq: 101, ack: 1, payload: 100 });
  script.peer.expect({ ack: 1, sack: [] });
  user.write(new Uint8Array(14_600));
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1, sack: [[1461, 14_601]] });
  expect(user.connection.board.sackedBytes).toBe(0);
});

test('RFC 2883 §4.1: text that came twice is told in the first block', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 1, ack: 1, payload: 100 });
  script.peer.send({ seq: 1, ack: 1, payload: 100 });
  script.peer.expect({ ack: 101, sack: [[1, 101]] });
  script.peer.send({ seq: 51, ack: 1, payload: 100 });
  script.peer.expect({ ack: 151, sack: [[51, 101]] });
});

test('RFC 2883 §4.1: a duplicate beyond a gap is told first, and its block after it', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ seq: 101, ack: 1, payload: 200 });
  script.peer.send({ seq: 151, ack: 1, payload: 50 });
  script.peer.ignore();
  script.peer.send({ seq: 151, ack: 1, payload: 50 });
  script.peer.expect({
    ack: 1,
    sack: [
      [151, 201],
      [101, 301],
    ],
  });
});

test('RFC 6675 §5, RFC 8985 §6.2: what three segments have overtaken is lost, and only that is sent again', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(14_600));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1461, sack: [[2921, 4381]] });
  script.peer.send({ seq: 1, ack: 1461, sack: [[2921, 5841]] });
  expect(connection.loss).toBe('open');
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1461, sack: [[2921, 7301]] });
  script.peer.expect({ seq: 1461, length: 1460 });
  expect([connection.loss, connection.counts.retransmitted]).toEqual(['recovery', 1]);
  script.peer.send({ seq: 1, ack: 14_601 });
  expect(connection.loss).toBe('open');
});

test('RFC 2018 §8: after a timeout, with the first byte itself said to have come, the blocks are believed no more', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(2_920));
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1, sack: [[1, 1461]] });
  while (connection.loss !== 'loss') script.tick();
  expect(connection.board.sackedBytes).toBe(0);
  expect(script.peer.seen.some(({ seq }) => seq === 1)).toBe(true);
});

test('RFC 2018 §5: blocks of what was not sent, or with ends exchanged, are ignored', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(2_920));
  script.peer.ignore();
  script.peer.send({
    seq: 1,
    ack: 1,
    sack: [
      [1461, 8_761],
      [2000, 1600],
      [3000, 4000],
    ],
  });
  expect([connection.board.sackedBytes, connection.loss]).toEqual([0, 'open']);
  // What was ignored once is taken when it is right.
  script.user.write(new Uint8Array(5_840));
  script.peer.send({ seq: 1, ack: 1, sack: [[1461, 8_761]] });
  expect(connection.board.sackedBytes).toBe(7_300);
});

test('RFC 6691 §2: SACK blocks never make a segment larger than the MSS; they go in an ACK of their own', () => {
  const script = new TcpScript({ timestamps: true });
  const user = script.establish({ timestamps: [1, 0] });
  script.peer.send({ seq: 101, ack: 1, payload: 100, timestamps: [2, 0] });
  script.peer.ignore();
  user.write(new Uint8Array(1448));
  script.peer.expect({ seq: 1, length: 1448, sack: [] });
  script.peer.send({ seq: 301, ack: 1449, payload: 100, timestamps: [3, 0] });
  script.peer.ignore();
  user.write(new Uint8Array(1000));
  script.peer.expect({
    seq: 1449,
    length: 1000,
    sack: [
      [301, 401],
      [101, 201],
    ],
  });
});

test('RFC 6691 §2, RFC 2018 §4: a full segment has no room for blocks, so that an ACK with them follows', () => {
  const script = new TcpScript();
  const user = script.establish({ window: 0 });
  user.write(new Uint8Array(2 * 1460));
  // It opens the window and leaves a gap, both in one segment.
  script.peer.send({ seq: 101, ack: 1, payload: 100, window: 10_000 });
  script.peer.expect({ seq: 1, length: 1460, sack: [] });
  script.peer.expect({ seq: 1461, length: 1460, sack: [] });
  script.peer.expect({ seq: 2921, length: 0, sack: [[101, 201]] });
  script.peer.expectNothing();
});

test('RFC 2018 §5: blocks that cut every range apart cost bounded memory', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 7 });
  script.peer.send({ seq: 1, ack: 1, window: 65_535 });
  connection.congestion.window = 100_000;
  script.user.write(new Uint8Array(90_000));
  for (let i = 0; i < 10_000; i++)
    script.peer.send({ seq: 1, ack: 1, window: 65_535, sack: [[2 + 2 * i, 3 + 2 * i]] });
  expect(connection.board.count).toBeLessThan(17_000);
});
