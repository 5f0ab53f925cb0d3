import { expect, test } from 'vitest';
import { abort, release } from '../../src/stack/tcp/operate.js';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

function open(): TcpScript {
  const script = new TcpScript();
  script.establish().closesBack = false;
  return script;
}

test('RFC 9293 §3.6, figure 12: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT', () => {
  const script = open();
  const { user } = script;
  const { connection } = user;
  user.end();
  script.peer.expect({ flags: 'FA', seq: 1, ack: 1 });
  expect(connection.state).toBe('fin-wait-1');
  script.peer.send({ seq: 1, ack: 2 });
  expect(connection.state).toBe('fin-wait-2');
  script.peer.send({ flags: 'FA', seq: 1, ack: 2 });
  script.peer.expect({ flags: 'A', seq: 2, ack: 2 });
  expect(connection.state).toBe('time-wait');
  expect(user.events).toEqual(['established', 'ended', 'closed']);
  expect(script.tcp.size).toBe(1);
  script.after(61_000_000);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.6, figure 12: CLOSE-WAIT, LAST-ACK, CLOSED', () => {
  const script = open();
  const { connection } = script.user;
  script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
  script.peer.expect({ flags: 'A', ack: 2 });
  expect(connection.state).toBe('close-wait');
  script.user.write(Buffer.from('still here'));
  script.peer.expect({ seq: 1, text: 'still here' });
  script.user.end();
  script.peer.expect({ flags: 'FA', seq: 11 });
  expect(connection.state).toBe('last-ack');
  script.peer.send({ seq: 2, ack: 12 });
  expect([connection.state, script.user.failure, script.tcp.size, script.isQuiet]).toEqual([
    'closed',
    null,
    0,
    true,
  ]);
});

test('RFC 9293 §3.6, figure 13: both ends close at once: CLOSING, TIME-WAIT', () => {
  const script = open();
  const { connection } = script.user;
  script.user.end();
  script.peer.expect({ flags: 'FA', seq: 1 });
  script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
  script.peer.expect({ flags: 'A', seq: 2, ack: 2 });
  expect(connection.state).toBe('closing');
  script.peer.send({ seq: 2, ack: 2 });
  expect(connection.state).toBe('time-wait');
  script.peer.expectNothing();
});

test('RFC 9293 §3.10.7.4: a FIN with the ACK of ours leads from FIN-WAIT-1 straight to TIME-WAIT', () => {
  const script = open();
  script.user.end();
  script.peer.expect({ flags: 'FA' });
  script.peer.send({ flags: 'FA', seq: 1, ack: 2 });
  script.peer.expect({ flags: 'A', ack: 2 });
  expect(script.user.connection.state).toBe('time-wait');
});

test('RFC 9293 §3.6: half closed, bytes come on in FIN-WAIT-1 and FIN-WAIT-2', () => {
  const script = open();
  script.user.end();
  script.peer.expect({ flags: 'FA' });
  script.peer.send({ seq: 1, ack: 1, payload: 'one ' });
  script.peer.send({ seq: 5, ack: 2, payload: 'two' });
  expect(String(script.user.content)).toBe('one two');
});

test('RFC 9293 §3.10.4: what was written before the close is sent before the FIN', () => {
  const script = new TcpScript();
  const user = script.establish();
  user.write(new Uint8Array(2_000));
  user.end();
  user.write(Buffer.from('too late'));
  script.peer.expect({ flags: 'A', seq: 1, length: 1460 });
  script.peer.expect({ flags: 'FA', seq: 1461, length: 540 });
  script.peer.expectNothing();
});

test('RFC 9293 §3.10.4: a close in SYN-SENT with bytes to send finishes the handshake first', () => {
  const script = new TcpScript();
  const user = script.connect();
  user.write(Buffer.from('x'));
  user.end();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'SA', seq: 0, ack: 1 });
  script.peer.expect({ flags: 'FA', seq: 1, text: 'x' });
});

test('RFC 9293 §3.10.7.4: a FIN that comes before the text in front of it counts when that has come', () => {
  const script = open();
  script.peer.send({ flags: 'FA', seq: 6, ack: 1, payload: 'world' });
  expect(script.user.events).toEqual(['established']);
  script.peer.send({ seq: 1, ack: 1, payload: 'hello' });
  expect(String(script.user.content)).toBe('helloworld');
  expect(script.user.connection.state).toBe('close-wait');
  expect(script.peer.seen.at(-1)?.ack).toBe(12);
});

test('RFC 9293 §3.10.7.4: nothing comes after a FIN, whatever a peer sends there', () => {
  const script = open();
  script.peer.send({ flags: 'FA', seq: 6, ack: 1 });
  script.peer.send({ seq: 1, ack: 1, payload: 'hello and more' });
  expect(String(script.user.content)).toBe('hello');
  expect(script.user.connection.state).toBe('close-wait');
  script.peer.send({ seq: 7, ack: 1, payload: 'more' });
  expect(script.user.received).toBe(5);
});

test('RFC 9293 §3.10.7.4: a FIN that comes again is answered again, in CLOSE-WAIT and LAST-ACK', () => {
  const script = open();
  script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
  script.peer.expect({ ack: 2 });
  script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
  script.peer.expect({ ack: 2 });
  script.user.end();
  script.peer.expect({ flags: 'FA', seq: 1 });
  script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
  script.peer.expect({ flags: 'A', ack: 2 });
  expect(script.user.connection.state).toBe('last-ack');
});

test('RFC 9293 §3.8.1: a lost FIN is sent again', () => {
  const script = open();
  script.user.end();
  script.peer.expect({ flags: 'FA', seq: 1 });
  script.peer.await({ flags: 'FA', seq: 1 });
});

test('RFC 9293 §3.10.5 (MUST-12): an abort sends a reset and forgets everything', () => {
  const script = open();
  script.user.write(new Uint8Array(5_000));
  script.peer.ignore();
  abort(script.user.connection, 'ECONNABORTED');
  script.peer.expect({ flags: 'RA', seq: 4_381, ack: 1 });
  script.peer.expectNothing();
  expect([script.tcp.size, script.isQuiet, script.user.failure]).toEqual([0, true, 'ECONNABORTED']);
  abort(script.user.connection, 'ECONNABORTED');
  script.peer.expectNothing();
});

test('RFC 9293 §3.6.1 (SHLD-3), RFC 2525 §2.17: who leaves bytes unread closes by a reset', () => {
  const script = open();
  script.user.reads = false;
  script.peer.send({ seq: 1, ack: 1, payload: 'unread' });
  release(script.user.connection);
  script.peer.expect({ flags: 'RA' });
  expect(script.tcp.size).toBe(0);
});

test('RFC 9293 §3.6.1: bytes that come when nobody reads any more are answered by a reset', () => {
  const script = open();
  script.user.leave();
  script.peer.expect({ flags: 'FA', seq: 1 });
  script.peer.send({ seq: 1, ack: 2, payload: 'for nobody' });
  script.peer.expect({ flags: 'RA', seq: 2 });
  expect([script.user.failure, script.tcp.size, script.isQuiet]).toEqual(['ECONNRESET', 0, true]);
});

test('RFC 9293 §3.6: FIN-WAIT-2 that nobody waits in ends after a minute', () => {
  const script = open();
  script.user.leave();
  script.peer.expect({ flags: 'FA' });
  script.peer.send({ seq: 1, ack: 2 });
  script.after(59_000_000);
  expect(script.tcp.size).toBe(1);
  script.after(2_000_000);
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
});

test('RFC 9293 §3.10.7.4: a reset in LAST-ACK is the end that was waited for, unless bytes are missing', () => {
  for (const missing of [false, true]) {
    const script = open();
    script.peer.send({ flags: 'FA', seq: 1, ack: 1 });
    if (missing) script.user.write(Buffer.from('never acknowledged'));
    script.user.end();
    script.peer.send({ flags: 'R', seq: 2 });
    expect(script.user.failure).toBe(missing ? 'ECONNRESET' : null);
    expect(script.tcp.size).toBe(0);
  }
});

test('callbacks may write, close, abort and call within any event', () => {
  const lab = new TcpLab();
  for (const event of ['established', 'readable', 'ended', 'closed'] as const) {
    const servers = lab.b.listen(80 + event.length);
    const client = lab.a.connect(80 + event.length);
    let second = false;
    const doEverything = (): void => {
      client.events.push(event);
      client.write(Buffer.from('within'));
      client.end();
      client.leave();
      abort(client.connection, 'ECONNABORTED');
      if (!second) lab.a.connect(80 + event.length);
      second = true;
    };
    Object.assign(client, { [event]: doEverything });
    lab.until(() => servers.length > 0);
    servers[0]?.write(Buffer.from('hello'));
    servers[0]?.end();
    lab.run(5_000_000);
    // Each was told once, and nothing after the end.
    expect(new Set(client.events).size).toBe(client.events.length);
    expect(['ECONNABORTED', 'closed']).toContain(client.events.at(-1));
    expect(second).toBe(true);
  }
  lab.a.tcp.close();
  lab.b.tcp.close();
  lab.run(700_000_000);
  expect(lab.left).toEqual([]);
});
