import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.7.1 (MUST-14): a SYN tells the largest segment that we take', () => {
  const script = new TcpScript();
  script.largestSegment = 8_960;
  script.connect();
  script.peer.expect({ flags: 'S', mss: 8_960 });
});

test('RFC 9293 §3.7.1 (MUST-16): no segment is larger than what the peer takes, or than the path', () => {
  for (const [mss, path] of [
    [900, 1460],
    [9_000, 1460],
  ] as const) {
    const script = new TcpScript();
    script.largestSegment = path;
    script.establish({ mss }).write(new Uint8Array(20_000));
    script.peer.expect({ seq: 1, length: Math.min(mss, path) });
  }
});

test('RFC 9293 §3.7.1 (MUST-15): a peer that tells nothing gets 536 bytes over IPv4, 1220 over IPv6', () => {
  for (const [addressLength, length] of [
    [4, 536],
    [16, 1220],
  ] as const) {
    const script = new TcpScript({}, 0x1000_0000, addressLength);
    script.establish({ mss: 0 }).write(new Uint8Array(20_000));
    script.peer.expect({ seq: 1, length });
  }
});

test('RFC 6691 §2, RFC 9293 §3.7.1: options in the segment take from its payload', () => {
  const script = new TcpScript({ timestamps: true });
  script.establish({ timestamps: [1, 0] }).write(new Uint8Array(20_000));
  script.peer.expect({ seq: 1, length: 1448 });
});

test('RFC 9293 §3.7.1: a peer that asks for segments of a few bytes gets 64', () => {
  const script = new TcpScript();
  script.establish({ mss: 1 }).write(new Uint8Array(2_000));
  script.peer.expect({ seq: 1, length: 64 });
});

test('RFC 1191 §6.3, RFC 8201 §5.3: "packet too big" makes segments smaller and sends what was too big again', () => {
  const script = new TcpScript({ noDelay: true });
  const user = script.establish();
  user.write(new Uint8Array(5_000));
  script.peer.ignore();
  const { window } = user.connection.congestion;
  expect(script.tcp.pathNarrowed(script.ends(), (script.peer.hostIsn ?? 0) + 1, 1_000)).toBe(true);
  const again = script.peer.seen.map(({ seq, length }) => [seq, length]);
  // 1460 bytes go as 1000 and 460; the short last segment fits as it is.
  expect(again.slice(0, 2)).toEqual([
    [1, 1_000],
    [1_001, 460],
  ]);
  expect(again.map(([seq]) => seq)).toEqual([1, 1_001, 1_461, 2_461, 2_921, 3_921]);
  // A narrow path is no congestion (RFC 1191 §6.3).
  expect(user.connection.congestion.window).toBe(window);
  expect(user.connection.loss).toBe('open');
  script.peer.send({ seq: 1, ack: 5_001 });
  user.write(new Uint8Array(3_000));
  expect(script.peer.seen.at(-1)?.length).toBe(1_000);
});

test('RFC 5927 §7: "packet too big" for a number that is not on its way, or with a larger size, changes nothing', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  const isn = script.peer.hostIsn ?? 0;
  expect(script.tcp.pathNarrowed(script.ends(), isn + 1, 500)).toBe(false);
  expect(script.tcp.pathNarrowed(script.ends(81), isn + 1, 500)).toBe(false);
  script.user.write(new Uint8Array(100));
  script.tcp.pathNarrowed(script.ends(), isn + 1, 5_000);
  expect(connection.segment).toBe(1460);
  script.tcp.pathNarrowed(script.ends(), isn + 1, 0);
  expect(connection.segment).toBeGreaterThan(0);
});

test('RFC 5927 §7: "packet too big" of nothing at all, for a SYN, leaves a connection that works', () => {
  const script = new TcpScript();
  const user = script.connect();
  expect(script.tcp.pathNarrowed(script.ends(), user.connection.iss, 0)).toBe(true);
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1, mss: 1460 });
  script.peer.expect({ flags: 'A' });
  user.write(new Uint8Array(28));
  script.peer.expect({ seq: 1, length: 28 });
});

test('RFC 8899 §3, RFC 4821 §7.7: a path that swallows large segments without a word is found out', () => {
  const lab = new TcpLab();
  const servers = lab.b.listen(80);
  const client = lab.a.connect(80);
  lab.a.faults.filter = (segment) => segment.length <= 1_000;
  client.write(new Uint8Array(50_000).fill(7));
  client.end();
  expect(lab.until(() => client.over)).toBe(true);
  expect([client.failure, servers[0]?.received]).toEqual([null, 50_000]);
});

test('segments handed over in bursts are told the size of their parts, and a part never exceeds the MSS', () => {
  const script = new TcpScript();
  script.burst = 14_600;
  script.establish().write(new Uint8Array(14_000));
  // 9 × 1460 in one go; the rest waits for Nagle.
  script.peer.expect({ seq: 1, length: 13_140 });
  script.peer.expectNothing();
  script.peer.send({ seq: 1, ack: 13_141 });
  script.peer.expect({ seq: 13_141, length: 860 });
});
