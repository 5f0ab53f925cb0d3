import { expect, test } from 'vitest';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.8.5, RFC 6093 §3: urgent bytes stay in line: the stream loses none and gains none', () => {
  const script = new TcpScript();
  const user = script.establish();
  script.peer.send({ flags: 'A', seq: 1, ack: 1, payload: 'before ' });
  script.peer.send({ flags: 'UA', seq: 8, ack: 1, payload: '!urgent! ' });
  script.peer.send({ flags: 'UPA', seq: 17, ack: 1, payload: 'after' });
  expect(String(user.content)).toBe('before !urgent! after');
});

test('RFC 9293 §3.8.5: an urgent segment without text changes nothing', () => {
  const script = new TcpScript();
  const user = script.establish();
  script.peer.send({ flags: 'UA', seq: 1, ack: 1 });
  script.peer.expectNothing();
  expect([user.connection.state, user.received]).toEqual(['established', 0]);
});

test('RFC 6093 §6: nothing that we send is urgent', () => {
  const script = new TcpScript();
  script.establish().write(new Uint8Array(5_000));
  script.user.end();
  expect(script.peer.seen.every(({ flags }) => !flags.includes('U'))).toBe(true);
});
