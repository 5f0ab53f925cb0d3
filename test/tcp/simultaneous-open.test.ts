import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.5 (MUST-10), figure 8: both ends call each other, and one connection comes of it', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S', seq: 0 });
  script.peer.send({ flags: 'S', seq: 0, mss: 1460, window: 5000 });
  script.peer.expect({ flags: 'SA', seq: 0, ack: 1 });
  expect(user.connection.state).toBe('syn-received');
  script.peer.send({ flags: 'SA', seq: 0, ack: 1, window: 5000 });
  script.peer.expect({ flags: 'A', seq: 1, ack: 1 });
  expect(user.connection.state).toBe('established');
  expect(user.connection.sndWnd).toBe(5000);
});

test('RFC 9293 §3.10.7.4: a plain ACK of our SYN establishes it as well', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'A', seq: 1, ack: 1 });
  expect(user.events).toEqual(['established']);
});

test('RFC 9293 §3.5: the SYN,ACK of a simultaneous open is sent again when it is lost', () => {
  const script = new TcpScript();
  script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.await({ flags: 'SA', seq: 0, ack: 1 });
});

test('RFC 9293 §3.5.3: a reset in SYN-RECEIVED of an active open is a refusal', () => {
  const script = new TcpScript();
  const user = script.connect();
  script.peer.expect({ flags: 'S' });
  script.peer.send({ flags: 'S', seq: 0 });
  script.peer.expect({ flags: 'SA' });
  script.peer.send({ flags: 'R', seq: 1 });
  expect(user.failure).toBe('ECONNREFUSED');
});

test('two hosts that call each other at once exchange bytes with all options', () => {
  const lab = new TcpLab();
  const a = lab.a.connect(80, 4000);
  const b = lab.b.connect(4000, 80);
  a.write(Buffer.from('from a'));
  b.write(Buffer.from('from b'));
  a.end();
  b.end();
  expect(lab.until(() => a.over && b.over)).toBe(true);
  expect([String(a.content), String(b.content), a.failure, b.failure]).toEqual([
    'from b',
    'from a',
    null,
    null,
  ]);
  expect([a.connection.timestamps, a.connection.sackAllowed, a.connection.scaling]).toEqual([
    true,
    true,
    true,
  ]);
  lab.run(100_000_000);
  expect(lab.left).toEqual([]);
});
