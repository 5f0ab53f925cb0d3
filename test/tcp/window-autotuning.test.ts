import { expect, test } from 'vitest';
import { TcpLab } from '../../src/testing/tcp-lab.js';

const MEGABYTE = 1_000_000;

/** Sends ten megabytes over a path of 100 ms and 20 MB/s; answers the receiver's limit, and how long it took. */
function bulk(settings: object, reads = true) {
  const lab = new TcpLab(3, settings);
  for (const host of [lab.a, lab.b])
    Object.assign(host.faults, { delay: 50_000, rate: 20 * MEGABYTE, queue: 4 * MEGABYTE });
  const servers = lab.b.listen(80, (user) => {
    user.reads = reads;
  });
  const client = lab.a.connect(80);
  const begin = lab.time;
  client.write(new Uint8Array(10 * MEGABYTE));
  client.end();
  lab.until(() => client.over, 30 * MEGABYTE);
  const [server] = servers;
  return { limit: server?.connection.receiveLimit ?? 0, took: lab.time - begin, server };
}

test('RFC 9293 §3.8.6, RFC 7323 §2: a reader that keeps up gets a window worth twice what it reads in a round trip', () => {
  const { limit, took } = bulk({});
  expect(limit).toBeGreaterThan(2 * MEGABYTE);
  expect(limit).toBeLessThanOrEqual(6_291_456);
  // With the first window alone (128 KB in 100 ms) it would be eight seconds.
  expect(took).toBeLessThan(3 * MEGABYTE);
});

test('RFC 9293 §3.8.6: the window never grows beyond the bound', () => {
  const { limit, took } = bulk({ receiveBufferMost: 262_144 });
  expect(limit).toBe(262_144);
  expect(took).toBeGreaterThan(3 * MEGABYTE);
});

test('RFC 9293 §3.8.6.1: a reader that does not read costs its buffer, and no more', () => {
  const { limit, server } = bulk({}, false);
  expect(limit).toBe(131_072);
  expect(server?.connection.inbox.readable).toBeLessThanOrEqual(131_072);
});
