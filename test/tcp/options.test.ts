import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';
import { writeU32 } from '../../src/wire/bytes.js';

/** A segment with these bytes as options: behind both addresses, as `Peer.raw` takes it. */
function withOptions(
  script: TcpScript,
  flags: number,
  seq: number,
  ack: number,
  options: number[],
): Uint8Array {
  const bytes = new Uint8Array(8 + 20 + options.length);
  bytes.set(script.ends().bytes.subarray(0, 8));
  bytes.set([0, 80, 40_000 >> 8, 40_000 & 255], 8);
  writeU32(bytes, 12, script.peer.isn + seq);
  writeU32(bytes, 16, (script.peer.hostIsn ?? 0) + ack);
  bytes[20] = ((20 + options.length) >> 2) << 4;
  bytes[21] = flags;
  bytes[22] = 0xff;
  bytes[23] = 0xff;
  bytes.set(options, 28);
  return bytes;
}

test('RFC 9293 §3.2 (MUST-4, MUST-14), RFC 7323 §2.2, §3.2, RFC 2018 §2: a SYN offers MSS, scale, SACK and timestamps', () => {
  const script = new TcpScript({ timestamps: true, receiveBufferMost: 6_291_456 });
  script.connect();
  script.peer.expect({
    flags: 'S',
    mss: 1460,
    scale: 7,
    sackPermitted: true,
    timestamps: true,
    window: 65_535,
  });
});

test('RFC 7323 §1.3, RFC 2018 §2: a SYN,ACK has only the options that the SYN had', () => {
  const script = new TcpScript({ timestamps: true });
  script.listen();
  script.peer.send({ flags: 'S', seq: 0, mss: 1000 });
  script.peer.expect({ flags: 'SA', mss: 1460, scale: -1, sackPermitted: false, timestamps: false });
});

test('RFC 7323 §3.2: a SYN,ACK echoes the timestamp of the SYN', () => {
  const script = new TcpScript({ timestamps: true });
  script.listen();
  script.peer.send({ flags: 'S', seq: 0, mss: 1460, scale: 3, sackPermitted: true, timestamps: [4711, 0] });
  const answer = script.peer.expect({ flags: 'SA', scale: 7, sackPermitted: true });
  expect(answer.timestamps).toEqual([expect.any(Number), 4711]);
});

test('RFC 9293 §3.1 (MUST-5, MUST-6): options may come in any segment, and unknown ones are skipped', () => {
  const script = new TcpScript();
  script.listen();
  // Unknown 254 of 4 bytes, NOP, NOP, NOP, END behind an MSS of 700.
  script.peer.raw(withOptions(script, 0x02, 0, 0, [254, 4, 9, 9, 2, 4, 2, 188, 1, 1, 1, 0]));
  script.peer.expect({ flags: 'SA' });
  expect(script.user.connection.segment).toBe(700);
  script.peer.raw(withOptions(script, 0x10, 1, 1, [1, 200, 3, 7]));
  expect(script.user.connection.state).toBe('established');
});

test('RFC 9293 §3.1 (MUST-7): an option of impossible length is no more than the end of the options', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.raw(withOptions(script, 0x02, 0, 0, [2, 4, 2, 188, 8, 0, 3, 3]));
  script.peer.expect({ flags: 'SA', timestamps: false, scale: -1 });
  expect(script.user.connection.segment).toBe(700);
});

test('RFC 9293 §3.1: a header that is longer than the segment, or too short, is malformed', () => {
  const script = new TcpScript();
  script.listen();
  const short = withOptions(script, 0x02, 0, 0, []);
  short[20] = 4 << 4;
  expect(script.peer.raw(short)).toBe(false);
  short[20] = 6 << 4;
  expect(script.peer.raw(short)).toBe(false);
  expect(script.peer.raw(short.subarray(0, 20))).toBe(false);
  script.peer.expectNothing();
  expect(script.tcp.counts.malformed).toBe(3);
});

test('RFC 7323 §2.2, §2.3: windows are scaled both ways when both ends said so, never in the SYN itself', () => {
  const script = new TcpScript({ receiveBuffer: 1_000_000 });
  const user = script.establish({ scale: 5, window: 1000 });
  expect(user.connection.sndWnd).toBe(1000);
  script.peer.send({ seq: 1, ack: 1, window: 1000 });
  expect(user.connection.sndWnd).toBe(32_000);
  script.peer.send({ seq: 1, ack: 1, payload: 1460 });
  script.peer.send({ seq: 1461, ack: 1, payload: 1460 });
  // A million, less one segment that is not read yet, in steps of 128.
  script.peer.expect({ ack: 2921, window: 7801 });
});

test('RFC 7323 §2.2: without the option in the SYN,ACK no window is scaled', () => {
  const script = new TcpScript({ receiveBuffer: 1_000_000 });
  const user = script.establish({ scale: -1, window: 1000 });
  script.peer.send({ seq: 1, ack: 1, window: 1000, payload: 1 });
  expect(user.connection.sndWnd).toBe(1000);
  // One byte more is no reason to move the window's edge (§3.8.6.2.2 of RFC 9293).
  script.peer.await({ ack: 2, window: 65_534 });
});

test('RFC 7323 §2.3: a shift above 14 counts as 14', () => {
  const script = new TcpScript();
  script.establish({ scale: 200, window: 10 });
  script.peer.send({ seq: 1, ack: 1, window: 2 });
  expect(script.user.connection.sndWnd).toBe(2 * 2 ** 14);
});

test('RFC 7323 §2.4: the edge of a scaled window never moves beyond the buffer, and what was once told is accepted', () => {
  const script = new TcpScript({ receiveBuffer: 2_000, receiveBufferMost: 6_291_456 });
  const user = script.accept({ scale: 0 });
  user.reads = false;
  let seq = 1;
  for (let i = 0; i < 400; i++) {
    script.peer.send({ seq, ack: 1, payload: 10 });
    seq += 10;
    script.after(50_000);
  }
  expect(user.connection.inbox.readable).toBe(2_000);
});

test('RFC 9293 §3.1 (MUST-64): options count wherever they begin, aligned or not', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.raw(withOptions(script, 0x02, 0, 0, [1, 2, 4, 2, 188, 3, 3, 5]));
  script.peer.expect({ flags: 'SA', scale: 7 });
  expect([script.user.connection.segment, script.user.connection.sndScale]).toEqual([700, 5]);
});

test('RFC 9293 §3.7.1 (MUST-65): only a SYN carries MSS, scale and "SACK permitted"', () => {
  const script = new TcpScript({ timestamps: true });
  const user = script.establish({ timestamps: [1, 0] });
  user.write(new Uint8Array(5_000));
  user.end();
  script.peer.send({ flags: 'FA', seq: 1, ack: 1, timestamps: [2, 0] });
  for (const { mss, scale, sackPermitted } of script.peer.seen) {
    expect([mss, scale, sackPermitted]).toEqual([0, -1, false]);
  }
});

test('RFC 9293 §3.1 (MUST-1, REC-1): a window is unsigned, and more than 2^16 of it is kept', () => {
  const script = new TcpScript();
  script.establish({ scale: 14, window: 0xffff });
  script.peer.send({ seq: 1, ack: 1, window: 0xffff });
  expect(script.user.connection.sndWnd).toBe(0xffff * 2 ** 14);
});
