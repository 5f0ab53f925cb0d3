// needs: root ip
// What an af-packet link with io xdp brings in and sends, and what it loses.
import { afterEach, expect, test } from 'vitest';
import type { Frame } from '../../src/contract/frame.js';
import { type Link, type LinkContext, SendStop } from '../../src/contract/link.js';
import type { PoolFrame } from '../../src/engine/frame.js';
import { bytesOf, drain, ip, newContext, Rig, reaching, sendAll, sleep, testFrame } from './links-support.js';

let rig: Rig;

function open(ns: string, device: string, context: LinkContext, options: object = {}): Link {
  return rig.packets(ns, device, context, { io: 'xdp', ...options });
}

afterEach(() => rig?.close());

test('frames arrive byte for byte, in order, described as the kernel does, and the pool is whole', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = open(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = open(rig.b, 'vb', context, { promiscuous: true });
  expect([b.maxSend, b.hardwareType, b.interfaceIndex]).toEqual([1518, 1, 12]);
  const list = Array.from({ length: 300 }, (_, i) => testFrame(i, 14 + ((i * 37) % 1501)));
  const broadcast = testFrame(300, 60);
  broadcast.fill(0xff, 0, 6);
  const own = testFrame(301, 60);
  own.set(b.address ?? [], 0);
  list.push(broadcast, own);
  const before = context.clock.now();
  expect(await sendAll(a, context.pool, list)).toBe(302);
  let at = 0;
  await drain(
    b,
    context.pool,
    (frame) => {
      expect(bytesOf(frame).equals(list[at]), `frame ${at}`).toBe(true);
      expect(frame.start).toBe(frame.slotOffset + context.pool.headroom);
      expect([frame.protocol, frame.hardwareType, frame.vlanPresent]).toEqual([0x88b5, 1, 0]);
      expect(frame.interfaceIndex).toBe(b.interfaceIndex);
      expect(frame.packetType).toBe(at === 300 ? 1 : at === 301 ? 0 : 3);
      expect(frame.timestamp).toBeGreaterThanOrEqual(before);
      at++;
    },
    reaching(302),
  );
  expect(at).toBe(302);
  expect(b.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
  a.close();
  b.close();
  b.close();
  expect(context.pool.free).toBe(context.pool.size);
  expect([b.state(), b.receive([], 8), b.send([], 0, 0)]).toEqual(['ended', 0, 0]);
});

test('what is sent arrives at the peer’s kernel, each frame once, many more than there are chunks', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext({ size: 2048 });
  const a = open(rig.a, 'va', context);
  const b = open(rig.b, 'vb', context, { io: 'ring' });
  const frames: Frame[] = [];
  for (let i = 0; i < 1000; i++) {
    const frame = context.pool.allocate();
    if (frame === null || !frame.fill(testFrame(i, 60 + i))) throw new Error('no room');
    frames.push(frame);
  }
  let next = 0;
  const got: number[] = [];
  for (let tries = 0; next < 3000; tries++) {
    if (tries > 5000) throw new Error(`only ${next} were sent: ${a.lastError}`);
    const taken = a.send(frames, next % 1000, 1000);
    next += taken;
    await drain(
      b,
      context.pool,
      (frame) => {
        expect(bytesOf(frame).equals(testFrame(got.length % 1000, 60 + (got.length % 1000)))).toBe(true);
        got.push(frame.u32(14));
      },
      { quietMs: 0 },
    );
    if (taken === 0) await sleep(1);
  }
  await drain(b, context.pool, (frame) => got.push(frame.u32(14)), { until: () => got.length >= 3000 });
  expect(got).toEqual(Array.from({ length: 3000 }, (_, i) => i % 1000));
  expect(Number(rig.in(rig.b, 'cat', '/sys/class/net/vb/statistics/rx_packets'))).toBe(3000);
  for (const frame of frames) context.pool.release(frame as PoolFrame);
});

test('frames that found no chunk are counted, each once, and afterwards all goes on', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = open(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = open(rig.b, 'vb', context, { receiveBuffer: 1 });
  for (let round = 1; round <= 3; round++) {
    await sendAll(
      a,
      context.pool,
      Array.from({ length: 100 }, (_, i) => testFrame(i, 60)),
    );
    for (let i = 0; i < 200 && (b.losses()['ring-loss'] ?? 0) < 68 * round; i++) await sleep(10);
    expect(b.losses()).toEqual({ 'ring-loss': 68 * round, 'too-long': 0, malformed: 0 });
    const seen: number[] = [];
    await drain(b, context.pool, (frame) => seen.push(frame.u32(14)), reaching(32));
    expect(seen).toEqual(Array.from({ length: 32 }, (_, i) => i));
  }
});

test('frames longer than a slot are counted, the others come', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext({ slotSize: 4096 });
  const small = newContext();
  const a = open(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = open(rig.b, 'vb', small);
  for (const [ns, device] of [
    [rig.a, 'va'],
    [rig.b, 'vb'],
  ])
    ip('-n', ns, 'link', 'set', device, 'mtu', '3000');
  a.state();
  await sendAll(a, context.pool, [
    testFrame(1, 1920),
    testFrame(2, 1921),
    testFrame(3, 2500),
    testFrame(4, 60),
  ]);
  const seen: number[] = [];
  await drain(b, small.pool, (frame) => seen.push(frame.u32(14)), reaching(2));
  expect(seen).toEqual([1, 4]);
  expect(b.losses()).toEqual({ 'ring-loss': 0, 'too-long': 2, malformed: 0 });
});

test('frames that are kept keep their bytes, and an empty pool keeps frames waiting', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext({ size: 64 });
  const from = newContext();
  const a = open(rig.a, 'va', from, { io: 'recvmmsg' });
  const b = open(rig.b, 'vb', context, { receiveBuffer: 1 });
  const kept: PoolFrame[] = [];
  const into: PoolFrame[] = [];
  for (let number = 0; number < 100; number += 10) {
    const list = Array.from({ length: 10 }, (_, i) => testFrame(number + i, 60 + number + i));
    await sendAll(a, from.pool, list);
    for (let tries = 0; kept.length < Math.min(64, number + 10); tries++) {
      if (tries > 2000) throw new Error(`only ${kept.length} frames came`);
      kept.push(...into.slice(0, b.receive(into, 64)));
      await sleep(1);
    }
  }
  expect([b.receive(into, 64), context.pool.free]).toEqual([0, 0]);
  for (const [number, frame] of kept.entries()) {
    expect(bytesOf(frame).equals(testFrame(number, 60 + number))).toBe(true);
    expect(frame.push(context.pool.headroom)).toBe(true);
    context.pool.release(frame);
  }
  // 100 were sent and 64 kept. Of the rest some have waited in the chunks that the kernel had.
  const late: number[] = [];
  const all = () => late.length + (b.losses()['ring-loss'] ?? 0);
  await drain(b, context.pool, (frame) => late.push(frame.u32(14)), { until: () => all() >= 36 });
  expect([all(), late.length >= 22]).toEqual([36, true]);
  expect(late).toEqual(late.map((_, i) => 64 + i));
  expect(context.pool.free).toBe(64);
});

test('between two AF_XDP links every frame arrives or is counted', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext({ size: 2048 });
  const a = open(rig.a, 'va', context);
  const b = open(rig.b, 'vb', context);
  const frames = Array.from({ length: 500 }, () => context.pool.allocate() as PoolFrame);
  const got: number[] = [];
  for (let next = 0, tries = 0; next < 20_000; tries++) {
    if (tries > 20_000) throw new Error(`only ${next} were sent: ${a.lastError}`);
    for (const [i, frame] of frames.entries()) frame.fill(testFrame(next + i, 60));
    next += a.send(frames, 0, Math.min(500, 20_000 - next));
    expect([SendStop.none, SendStop.full]).toContain(a.stopped);
    await drain(b, context.pool, (frame) => got.push(frame.u32(14)), { quietMs: 0 });
  }
  const all = () => got.length + (b.losses()['ring-loss'] ?? 0);
  for (let i = 0; i < 2000 && all() < 20_000; i++) {
    a.receive([], 64); // asks again for what the device did not take
    await drain(b, context.pool, (frame) => got.push(frame.u32(14)), { quietMs: 1 });
  }
  expect(all()).toBe(20_000);
  expect(got.every((number, i) => i === 0 || number > got[i - 1])).toBe(true);
  for (const frame of frames) context.pool.release(frame);
});

test('what the device has no room for is sent later, in order, once', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = open(rig.a, 'va', context);
  const b = open(rig.b, 'vb', context, { io: 'recvmmsg' });
  const frames = Array.from({ length: 80 }, (_, i) => {
    const frame = context.pool.allocate() as PoolFrame;
    frame.fill(testFrame(i, 60 + i));
    return frame;
  });
  expect([a.send(frames, 0, 5), a.stopped]).toEqual([5, SendStop.none]);
  // Without a carrier the device throws away what it is given.
  ip('-n', rig.b, 'link', 'set', 'vb', 'down');
  for (let i = 0; i < 500 && a.state() === 'up'; i++) await sleep(5);
  const taken = a.send(frames, 5, 80);
  expect([taken < 75, a.stopped]).toEqual([true, SendStop.full]);
  expect([a.send(frames, 5 + taken, 80), a.stopped]).toEqual([0, SendStop.full]);
  expect(a.dueAt()).toBeLessThan(Number.POSITIVE_INFINITY);
  ip('-n', rig.b, 'link', 'set', 'vb', 'up');
  for (let i = 0; i < 500 && a.state() !== 'up'; i++) await sleep(5);
  for (let i = 0; i < 500 && a.dueAt() !== Number.POSITIVE_INFINITY; i++) {
    await sleep(2);
    a.receive([], 64);
  }
  expect(a.send(frames, 5 + taken, 80)).toBe(75 - taken);
  const seen: number[] = [];
  await drain(b, context.pool, (frame) => seen.push(frame.u32(14)), reaching(80));
  expect(seen).toEqual(frames.map((_, i) => i));
  for (const frame of frames) context.pool.release(frame);
});

test('a device that is down takes nothing, and works again once it is up', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = open(rig.a, 'va', context);
  const b = open(rig.b, 'vb', context);
  const frame = context.pool.allocate() as PoolFrame;
  frame.fill(testFrame(1, 100));
  ip('-n', rig.a, 'link', 'set', 'va', 'down');
  for (let i = 0; i < 100; i++) expect([a.send([frame], 0, 1), a.stopped]).toEqual([0, SendStop.down]);
  expect([a.state(), a.lastError]).toEqual(['down', expect.stringContaining('ENETDOWN')]);
  ip('-n', rig.a, 'link', 'set', 'va', 'up');
  for (let i = 0; i < 500 && (a.state() !== 'up' || b.state() !== 'up'); i++) await sleep(5);
  expect([a.send([frame], 0, 1), a.stopped]).toEqual([1, SendStop.none]);
  frame.fill(testFrame(2, 1600));
  expect([a.send([frame], 0, 1), a.stopped]).toEqual([0, SendStop.tooLong]);
  frame.truncate(13);
  expect([a.send([frame], 0, 1), a.stopped]).toEqual([0, SendStop.refused]);
  frame.fill(testFrame(3, 1518, 0x8100));
  expect([a.send([frame], 0, 1), a.stopped]).toEqual([1, SendStop.none]);
  const seen: unknown[] = [];
  await drain(b, context.pool, (got) => seen.push([got.length, got.vlanPresent, got.vlanTag]), reaching(2));
  expect(seen).toEqual([
    [100, 0, 0],
    [1518, 1, 0],
  ]);
  context.pool.release(frame);
  ip('-n', rig.a, 'link', 'del', 'va');
  expect([a.state(), b.state()]).toEqual(['gone', 'gone']);
  for (const link of [a, b]) link.close();
  expect(context.pool.free).toBe(context.pool.size);
});
