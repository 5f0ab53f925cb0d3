import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Link, SendStop } from '../../src/contract/link.js';
import { openUdp } from '../../src/links/udp/link.js';
import { bytesOf, drain, newContext, Rig, reaching, sendAll, sleep, testFrame } from './links-support.js';

// In a namespace of its own: there no other program has a port.
let rig: Rig;
beforeAll(() => {
  rig = new Rig({ v6: true });
});
afterAll(() => rig?.close());

const links: Link[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.close();
});

function open(
  local: string,
  remote: string,
  context: ReturnType<typeof newContext>,
  more: object = {},
): Link {
  const link = rig.open(rig.a, () => openUdp({ kind: 'udp', local, remote, ...more }, context));
  links.push(link);
  return link;
}

let port = 7000;
const next = (host: string) => `${host}:${port++}`;

test.each(['127.0.0.1', '[::1]'])('frames cross a tunnel over %s byte for byte, both ways', async (host) => {
  const context = newContext();
  const [x, y] = [next(host), next(host)];
  const one = open(x, y, context);
  const two = open(y, x, context);
  const list = Array.from({ length: 200 }, (_, i) => testFrame(i, 14 + ((i * 97) % 1800)));
  const tagged = testFrame(200, 60, 0x8100);
  tagged.writeUInt32BE(0x600788b5, 14);
  list.push(tagged);
  for (const [from, to] of [
    [one, two],
    [two, one],
  ]) {
    await sendAll(from, context.pool, list);
    let at = 0;
    await drain(
      to,
      context.pool,
      (frame) => {
        expect(bytesOf(frame).equals(list[at])).toBe(true);
        const vlan = at === 200 ? [1, 0x8100, 0x6007] : [0, 0, 0];
        expect([frame.vlanPresent, frame.vlanProtocol, frame.vlanTag]).toEqual(vlan);
        expect([frame.protocol, frame.packetType, frame.hardwareType]).toEqual([0x88b5, 0, 1]);
        at++;
      },
      reaching(201),
    );
    expect(at).toBe(201);
  }
  one.close();
  two.close();
  two.close();
  expect(context.pool.free).toBe(context.pool.size);
  expect(two.state()).toBe('ended');
});

test('what others send is not let in', async () => {
  const context = newContext();
  const [x, y] = [next('127.0.0.1'), next('127.0.0.1')];
  const one = open(x, y, context);
  const two = open(y, x, context);
  const stranger = open(next('127.0.0.1'), y, context);
  await sendAll(stranger, context.pool, [testFrame(1, 60), testFrame(2, 60)]);
  await sendAll(one, context.pool, [testFrame(99, 60)]);
  const numbers: number[] = [];
  await drain(two, context.pool, (frame) => numbers.push(frame.u32(14)), reaching(1));
  expect(numbers).toEqual([99]);
});

test('too long, too short and lost datagrams are counted', async () => {
  const wide = newContext({ slotSize: 4096 });
  const narrow = newContext({ slotSize: 512 });
  const [x, y] = [next('127.0.0.1'), next('127.0.0.1')];
  const one = open(x, y, wide);
  const two = open(y, x, narrow, { receiveBuffer: 20_000 });
  await sendAll(one, wide.pool, [
    testFrame(0, 384),
    testFrame(1, 385),
    testFrame(2, 3000),
    testFrame(3, 14).subarray(1),
    testFrame(4, 14),
  ]);
  expect(await drain(two, narrow.pool, () => {})).toBe(2);
  expect(two.losses()).toEqual({ 'ring-loss': 0, 'too-long': 2, malformed: 1 });
  const sent = await sendAll(
    one,
    wide.pool,
    Array.from({ length: 1000 }, (_, i) => testFrame(i, 100)),
  );
  const received = await drain(two, narrow.pool, () => {});
  expect(two.losses()['ring-loss']).toBeGreaterThan(100);
  expect(received + (two.losses()['ring-loss'] ?? 0)).toBe(sent);
});

test('an end that is not up yet is no failure, in either direction', async () => {
  const context = newContext();
  const [x, y] = [next('127.0.0.1'), next('127.0.0.1')];
  const one = open(x, y, context);
  const frames = Array.from({ length: 20 }, (_, i) => {
    const frame = context.pool.allocate();
    frame?.fill(testFrame(i, 60));
    return frame as NonNullable<typeof frame>;
  });
  expect([one.send(frames, 0, 20), one.stopped]).toEqual([20, SendStop.none]);
  await sleep(10);
  expect([one.send(frames, 0, 1), one.stopped]).toEqual([1, SendStop.none]);
  expect(one.lastError).toContain('ECONNREFUSED');
  await sleep(10);
  expect([one.receive([], 8), one.state()]).toEqual([0, 'up']);
  const two = open(y, x, context);
  expect(one.send(frames, 0, 20)).toBe(20);
  expect(await drain(two, context.pool, () => {})).toBe(20);
  for (const frame of frames) context.pool.release(frame);
});

test('a frame that no datagram can hold stops the row there', () => {
  const context = newContext({ slotSize: 70_000, size: 8 });
  const one = open(next('127.0.0.1'), next('127.0.0.1'), context);
  const frames = [100, 65_600, 100].map((length) => {
    const frame = context.pool.allocate();
    frame?.fill(testFrame(1, length));
    return frame as NonNullable<typeof frame>;
  });
  expect([one.send(frames, 0, 3), one.stopped]).toEqual([1, SendStop.tooLong]);
  expect([one.send(frames, 2, 3), one.stopped]).toEqual([1, SendStop.none]);
});

test.each([
  [{ local: '127.0.0.1:1', remote: 'example.org:1' }, 'bad-config', /remote/],
  [{ local: '127.0.0.1:70000', remote: '127.0.0.1:1' }, 'bad-config', /70000/],
  [{ local: '127.0.0.1:1' }, 'bad-config', /remote/],
  [{ local: '[::1]:1', remote: '127.0.0.1:1' }, 'bad-config', /IPv4 and the other IPv6/],
  [{ local: '192.0.2.1:20001', remote: '192.0.2.2:1' }, 'link-failed', /EADDRNOTAVAIL/],
  [{ local: '127.0.0.1:1', remote: '127.0.0.1:1', ttl: 4 }, 'bad-config', /ttl/],
])('%j is refused', (options, code, message) => {
  const attempt = () => openUdp({ kind: 'udp', ...options }, newContext());
  expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
});

test('an address in use is said so', () => {
  const context = newContext();
  const [x, y] = [next('127.0.0.1'), next('127.0.0.1')];
  open(x, y, context);
  expect(() => open(x, y, context)).toThrow(
    expect.objectContaining({ code: 'link-failed', message: expect.stringContaining('EADDRINUSE') }),
  );
});
