import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

const MINUTE = 60_000_000;

/** A host with its backlog of 4 full of calls that nobody goes on with. */
function flooded(): TcpScript {
  const script = new TcpScript({ timestamps: true });
  script.listen(4);
  for (let port = 1; port <= 4; port++) script.peer.send({ flags: 'S', seq: 0, mss: 1460 }, false, port);
  expect(script.peer.ignore()).toBe(4);
  return script;
}

test('RFC 4987 §3.6: beyond the backlog a SYN costs no memory, and is answered by a cookie', () => {
  const script = flooded();
  for (let port = 5; port <= 5_000; port++) script.peer.send({ flags: 'S', seq: 0, mss: 1460 }, false, port);
  expect(script.peer.ignore()).toBe(4_996);
  expect([script.tcp.size, script.tcp.counts.cookiesSent]).toEqual([4, 4_996]);
});

test('RFC 4987 §3.6: the ACK of a cookie makes a connection, with the largest segment that the SYN told', () => {
  for (const [told, kept] of [
    [1460, 1460],
    [1000, 536],
    [9000, 1460],
    [0, 536],
    [100, 216],
  ] as const) {
    const script = flooded();
    script.peer.send({ flags: 'S', seq: 0, mss: told, scale: 7, sackPermitted: true, timestamps: [1, 0] });
    script.peer.expect({
      flags: 'SA',
      ack: 1,
      mss: 1460,
      scale: -1,
      sackPermitted: false,
      timestamps: false,
    });
    script.after(50_000);
    script.peer.send({ seq: 1, ack: 1, payload: 'hello' });
    expect(script.user.connection.state).toBe('established');
    expect(script.user.connection.segment).toBe(kept);
    expect(String(script.user.content)).toBe('hello');
    script.user.write(Buffer.from('yes'));
    script.peer.expect({ seq: 1, ack: 6, text: 'yes' });
  }
});

test('RFC 4987 §3.6: a cookie is believed for its own ends, numbers and time only', () => {
  const script = flooded();
  script.peer.send({ flags: 'S', seq: 0, mss: 1460 });
  script.peer.expect({ flags: 'SA' });
  const size = script.tcp.size;
  script.peer.send({ seq: 1, ack: 2 });
  script.peer.expect({ flags: 'R' });
  script.peer.send({ seq: 2, ack: 1 });
  script.peer.expect({ flags: 'R' });
  script.peer.send({ seq: 1, ack: 1 }, false, 81);
  script.peer.expect({ flags: 'R' });
  expect(script.tcp.size).toBe(size);
  script.after(3 * MINUTE);
  script.peer.ignore();
  script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ flags: 'R' });
  expect(script.tcp.counts.cookiesTaken).toBe(0);
});

test('a host that was never flooded looks at no cookies', () => {
  const script = new TcpScript();
  script.listen(4);
  script.peer.hostIsn = 0;
  script.peer.send({ seq: 1, ack: 1 });
  script.peer.expect({ flags: 'R' });
});

test('calls that nobody goes on with are given up, and the backlog is free again', () => {
  const script = flooded();
  script.after(10 * MINUTE);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
  script.peer.ignore();
  script.peer.send({ flags: 'S', seq: 0, mss: 1460, timestamps: [1, 0] });
  script.peer.expect({ flags: 'SA', timestamps: true });
});

test('RFC 9293 §3.10.7.2: a SYN from the address and port number that it is sent to (land) makes no storm', () => {
  const script = new TcpScript();
  script.theirs.set(script.ours);
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 }, false, 40_000);
  expect(script.peer.ignore()).toBe(1);
  script.after(10 * MINUTE);
  expect(script.peer.ignore()).toBeLessThan(10);
  expect(script.tcp.size).toBe(0);
});
