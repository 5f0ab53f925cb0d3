import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.8.6.1 (MUST-36, SHLD-29, SHLD-30): a shut window is probed, at first after the timeout, then ever less often', () => {
  const script = new TcpScript();
  script.establish({ window: 0 }).write(Buffer.from('waiting'));
  const waits = Array.from({ length: 10 }, () => script.peer.await({ flags: 'A', seq: 0, length: 0 }) / 1000);
  expect(waits).toEqual([210, 420, 840, 1680, 3360, 6720, 13_440, 26_880, 53_760, 60_000]);
});

test('RFC 9293 §3.8.6.1 (MUST-35, MUST-37): as long as the peer answers, the connection lives, however long its window is shut', () => {
  const script = new TcpScript({ retries: 3 });
  const user = script.establish({ window: 0 });
  user.write(Buffer.from('waiting'));
  for (let i = 0; i < 100; i++) {
    script.peer.await({ seq: 0, length: 0 });
    script.peer.send({ seq: 1, ack: 1, window: 0 });
  }
  expect(user.over).toBe(false);
  script.peer.send({ seq: 1, ack: 1, window: 100 });
  script.peer.expect({ seq: 1, text: 'waiting' });
});

test('RFC 9293 §3.8.6.1: a peer that is silent behind its shut window is given up', () => {
  const script = new TcpScript({ retries: 3 });
  const user = script.establish({ window: 0 });
  user.write(Buffer.from('waiting'));
  while (!user.over && script.tick());
  expect(user.failure).toBe('ETIMEDOUT');
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.8.6.2.1 (MUST-38): no silly segment for a window that opens by little, until the timer says so', () => {
  const script = new TcpScript();
  const user = script.establish({ window: 10_000 });
  script.peer.send({ seq: 1, ack: 1, window: 0 });
  user.write(new Uint8Array(5_000));
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1, window: 100 });
  script.peer.expectNothing();
  script.peer.await({ seq: 1, length: 100 });
});

test('RFC 9293 §3.8.6.2.1: half of the largest window that the peer ever had is worth a segment', () => {
  const script = new TcpScript();
  script.establish({ window: 1_000 }).write(new Uint8Array(5_000));
  script.peer.expect({ seq: 1, length: 1_000 });
  script.peer.send({ seq: 1, ack: 1_001, window: 499 });
  script.peer.expectNothing();
  script.peer.send({ seq: 1, ack: 1_001, window: 500 });
  script.peer.expect({ seq: 1_001, length: 500 });
});

test('RFC 9293 §3.8.6.1: a FIN waits for the window, is not lost in it, and probes go meanwhile', () => {
  const script = new TcpScript();
  const user = script.establish({ window: 0 });
  user.end();
  script.peer.expectNothing();
  script.peer.await({ flags: 'A', seq: 0 });
  script.peer.send({ seq: 1, ack: 1, window: 5 });
  script.peer.expect({ flags: 'FA', seq: 1 });
});

test('RFC 9293 §3.8.6.1: bytes that fill the window go without the FIN, which follows when there is room', () => {
  const script = new TcpScript();
  const user = script.establish({ window: 0 });
  user.write(new Uint8Array(10));
  user.end();
  script.peer.send({ seq: 1, ack: 1, window: 10 });
  script.peer.expect({ flags: 'A', seq: 1, length: 10 });
  script.peer.expectNothing();
  script.peer.send({ seq: 1, ack: 11, window: 10 });
  script.peer.expect({ flags: 'FA', seq: 11, length: 0 });
});

test('RFC 9293 §3.8.6.1: an open window lets everything go, and no probe comes any more', () => {
  const script = new TcpScript();
  script.establish({ window: 0 }).write(Buffer.from('waiting'));
  script.peer.await({ seq: 0 });
  script.peer.send({ seq: 1, ack: 1, window: 1000 });
  script.peer.expect({ seq: 1, text: 'waiting' });
  script.peer.send({ seq: 1, ack: 8, window: 1000 });
  expect(script.isQuiet).toBe(true);
});
