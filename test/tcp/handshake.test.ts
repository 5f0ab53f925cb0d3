import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.5, figure 6: an active open sends a SYN and answers SYN,ACK with an ACK', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S', seq: 0, length: 0 });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1, length: 0 });
  script.peer.expectNothing();
  expect(user.connection.state).toBe('established');
  expect(user.events).toEqual(['established']);
});

test('RFC 9293 §3.5, figure 6: a passive open answers a SYN with SYN,ACK and is ESTABLISHED by the ACK', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA', seq: 0, ack: 1 });
  expect(script.user.connection.state).toBe('syn-received');
  expect(script.user.events).toEqual([]);
  script.peer.send({ flags: 'A', seq: 1, ack: 1 });
  script.peer.expectNothing();
  expect(script.user.connection.state).toBe('established');
  expect(script.user.events).toEqual(['established']);
});

test('RFC 9293 §3.10.7.4: the ACK that ends the handshake may carry text and a FIN', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'FA', seq: 1, ack: 1, payload: 'all of it' });
  script.peer.expect({ flags: 'A', ack: 11 });
  expect(script.user.events).toEqual(['established', 'ended']);
  expect(String(script.user.content)).toBe('all of it');
});

test('RFC 9293 §3.10.7.3: what was written before the handshake goes with its last ACK', () => {
  const script = new TcpScript();
  script.connect().write(Buffer.from('early'));
  script.peer.expect({ flags: 'S', length: 0 });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1, text: 'early' });
});

test('RFC 9293 §3.10.7.3: text with the SYN,ACK is not acknowledged, so that the peer sends it again', () => {
  const script = new TcpScript();
  script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1, payload: 'hasty' });
  script.peer.expect({ flags: 'A', ack: 1 });
  script.peer.send({ seq: 1, ack: 1, payload: 'hasty' });
  expect(String(script.user.content)).toBe('hasty');
});

test('RFC 9293 §3.10.7.3: in SYN-SENT an ACK of what was not sent is answered by a reset, and the call goes on', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'A', seq: 0, ack: 77 });
  script.peer.expect({ flags: 'R', seq: 77 });
  script.peer.send({ flags: 'A', seq: 0, ack: 0 });
  script.peer.expect({ flags: 'R', seq: 0 });
  expect(user.connection.state).toBe('syn-sent');
});

test('RFC 9293 §3.10.7.3: in SYN-SENT only a reset that acknowledges the SYN ends the call', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'R', seq: 0 });
  script.peer.send({ flags: 'RA', seq: 0, ack: 7 });
  expect(user.connection.state).toBe('syn-sent');
  script.peer.send({ flags: 'RA', seq: 0, ack: 1 });
  script.peer.expectNothing();
  expect(user.failure).toBe('ECONNREFUSED');
  expect(script.tcp.size).toBe(0);
  expect(script.isQuiet).toBe(true);
});

test('RFC 9293 §3.10.7.3: in SYN-SENT a segment with neither SYN nor RST is dropped', () => {
  const script = new TcpScript();
  script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'A', seq: 0, ack: 1 });
  script.peer.send({ flags: 'F', seq: 0 });
  script.peer.expectNothing();
  expect(script.user.connection.state).toBe('syn-sent');
});

test('RFC 9293 §3.10.7.2: a listener answers an ACK with a reset, drops resets, and anything without SYN', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.hostIsn = 0;
  script.peer.send({ flags: 'A', seq: 5, ack: 9 });
  script.peer.expect({ flags: 'R', seq: 9 });
  script.peer.send({ flags: 'R', seq: 5 });
  script.peer.send({ flags: '', seq: 5, payload: 3 });
  script.peer.send({ flags: 'F', seq: 5 });
  script.peer.expectNothing();
  expect(script.tcp.size).toBe(0);
});

test('RFC 9293 §3.10.7.1: without a listener a segment is answered by a reset that its sender believes; a reset is not', () => {
  const script = new TcpScript();
  script.peer.hostIsn = 0;
  script.peer.send({ flags: 'S', seq: 0, payload: 4 });
  script.peer.expect({ flags: 'RA', seq: 0, ack: 5 });
  script.peer.send({ flags: 'FA', seq: 0, ack: 33, payload: 4 });
  script.peer.expect({ flags: 'R', seq: 33 });
  script.peer.send({ flags: 'RA', seq: 0, ack: 1 });
  script.peer.expectNothing();
});

test('RFC 9293 §3.10.7.4: in SYN-RECEIVED an ACK that does not acknowledge our SYN is answered by a reset', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'A', seq: 1, ack: 2 });
  script.peer.expect({ flags: 'R', seq: 2 });
  script.peer.send({ flags: 'A', seq: 1, ack: 0 });
  script.peer.expect({ flags: 'R', seq: 0 });
  expect(script.user.connection.state).toBe('syn-received');
});

test('RFC 9293 §3.10.7.4: in SYN-RECEIVED a stray segment is answered by an ACK that shuts no window', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'A', seq: 1_000_000, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1, window: 65_535 });
});

test('RFC 9293 §3.5.3: in SYN-RECEIVED a reset brings back the listener, and its user hears of it', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'R', seq: 1 });
  expect(script.user.events).toEqual(['ECONNREFUSED']);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
  script.peer.send({ flags: 'S', seq: 50 });
  script.peer.expect({ flags: 'SA', ack: 51 });
});

test('RFC 9293 §3.10.7.4: a SYN that comes again in SYN-RECEIVED is answered again: the answer was lost', () => {
  const script = new TcpScript();
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expectNothing();
});

test('RFC 6298 §2.1 and §5.5, RFC 9293 §3.8.3 (MUST-23): a SYN is sent again after 1, 2, 4 … seconds, for three minutes', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S' });
  const waits: number[] = [];
  while (!user.over) {
    if (!script.tick()) break;
    const again = script.peer.seen.shift();
    if (again) waits.push(again.time);
  }
  const seconds = waits.map((time) => (time - 1_000_000_000) / 1_000_000);
  expect(seconds).toEqual([1, 3, 7, 15, 31, 63, 123]);
  expect(user.failure).toBe('ETIMEDOUT');
  expect(script.time - 1_000_000_000).toBeGreaterThanOrEqual(180_000_000);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.10.7.4: a SYN,ACK that is not answered is sent again, and given up in the end', () => {
  const script = new TcpScript({ synRetries: 2 });
  script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  expect(script.peer.await({ flags: 'SA', seq: 0, ack: 1 })).toBe(1_000_000);
  expect(script.peer.await({ flags: 'SA', seq: 0, ack: 1 })).toBe(2_000_000);
  script.after(4_000_000);
  expect(script.user.failure).toBe('ETIMEDOUT');
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 5681 §3.1 and RFC 6298 §5.7: after a lost SYN one segment goes at first, and its timeout is 3 s', () => {
  const script = new TcpScript();
  const user = script.connect();
  user.write(new Uint8Array(20_000));
  script.peer.expect({ flags: 'S' });
  script.peer.await({ flags: 'S' });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1, mss: 1460 });
  script.peer.expect({ seq: 1, length: 1460 });
  script.peer.expectNothing();
  expect(script.peer.await({ seq: 1, length: 1460 })).toBe(3_000_000);
});

test('RFC 9293 §3.10.7.4: the same SYN,ACK once more, after the handshake, is answered by an ACK', () => {
  const script = new TcpScript();
  script.establish();
  script.peer.send({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
  expect(script.user.connection.state).toBe('established');
});

test('unlisten: a handshake that is not done ends with a reset; established connections live on', () => {
  const script = new TcpScript();
  const listener = script.listen();
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.tcp.unlisten(listener);
  script.peer.expect({ flags: 'RA', seq: 1 });
  expect(script.user.events).toEqual(['ECONNABORTED']);
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'RA' });
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('a listener may reset a call at once, within accept: no SYN,ACK goes out', () => {
  const script = new TcpScript();
  const { user } = script;
  script.tcp.listen({
    ...{ port: 40_000, address: null, backlog: 4 },
    accept: () => {
      script.tcp.close();
      return user;
    },
  });
  script.peer.send({ flags: 'S', seq: 0 });
  expect(script.peer.seen.map(({ flags }) => flags)).toEqual(['RA']);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.9.1.1 (MUST-41, MUST-42, MUST-43): listeners at one port number, for any address and for one', () => {
  const script = new TcpScript();
  const calls: string[] = [];
  const listener = (name: string, address: Uint8Array | null) => ({
    ...{ port: 40_000, address, backlog: 4 },
    accept: () => {
      calls.push(name);
      return script.user;
    },
  });
  expect(script.tcp.listen(listener('any', null))).toBe(true);
  expect(script.tcp.listen(listener('any again', null))).toBe(false);
  script.peer.send({ flags: 'S', seq: 0 }, false, 1);
  expect(script.tcp.listen(listener('ours', script.ours.slice()))).toBe(true);
  expect(script.tcp.listen(listener('other', Uint8Array.of(9, 9, 9, 9)))).toBe(true);
  script.peer.send({ flags: 'S', seq: 0 }, false, 2);
  expect(calls).toEqual(['any', 'ours']);
  expect(script.tcp.size).toBe(2);
});
