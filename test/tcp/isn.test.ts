import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

test('RFC 9293 §3.4.1 (MUST-8), RFC 6528 §3: the initial number of one pair of ends goes up by one every 4 µs', () => {
  const lab = new TcpLab();
  const first = lab.a.connect(80, 5000).connection;
  lab.a.tcp.close();
  lab.time += 4_000_000;
  const second = lab.a.connect(80, 5000).connection;
  expect((second.iss - first.iss) | 0).toBe(1_000_000);
});

test('RFC 6528 §3: initial numbers of different ends tell nothing of each other', () => {
  const lab = new TcpLab();
  const numbers = Array.from({ length: 200 }, (_, i) => lab.a.connect(80, 5000 + i).connection.iss >>> 0);
  expect(new Set(numbers).size).toBe(200);
  // Spread over all of the range: each eighth has its share.
  for (let eighth = 0; eighth < 8; eighth++) {
    expect(numbers.filter((one) => one >>> 29 === eighth).length).toBeGreaterThan(8);
  }
  const steps = new Set(numbers.map((one, i) => (one - numbers[(i + 1) % 200]) >>> 0));
  expect(steps.size).toBe(200);
});

test('RFC 6528 §3: another host has another secret', () => {
  const first = new TcpLab(1).a.connect(80, 5000).connection.iss;
  const second = new TcpLab(2).a.connect(80, 5000).connection.iss;
  expect(first).not.toBe(second);
});

test('RFC 7323 §5.4, RFC 6191 §2: timestamps of one pair of ends go on in the next connection, those of others differ', () => {
  const lab = new TcpLab();
  const offset = (port: number): number => lab.a.connect(80, port).connection.timestampOffset;
  const first = offset(5000);
  const other = offset(5001);
  lab.a.tcp.close();
  expect(offset(5000)).toBe(first);
  expect(other).not.toBe(first);
});

test('RFC 9293 §3.4: numbers wrap in the midst of a transfer, at 2^31 and at 2^32', () => {
  for (const isn of [0x7fff_ff00, 0xffff_ff00]) {
    const script = new TcpScript({}, isn);
    const user = script.establish();
    let seq = 1;
    for (const size of [100, 155, 1, 400, 1000]) {
      script.peer.send({ seq, ack: 1, payload: 'x'.repeat(size) });
      seq += size;
    }
    // One from before the wrap, again, and one beyond a gap.
    script.peer.ignore();
    script.peer.send({ seq: 1, ack: 1, payload: 10 });
    script.peer.expect({ ack: seq, sack: [[1, 11]] });
    script.peer.send({ seq: seq + 5, ack: 1, payload: 'y' });
    script.peer.expect({ ack: seq, sack: [[seq + 5, seq + 6]] });
    expect(String(user.content)).toBe('x'.repeat(1656));
  }
});
