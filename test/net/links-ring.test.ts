// needs: root ip
// What only the ring of an af-packet link can get wrong; what both ways have in common is in links-af-packet.
import { afterEach, expect, test } from 'vitest';
import type { Link } from '../../src/contract/link.js';
import type { PoolFrame } from '../../src/engine/frame.js';
import { Pool } from '../../src/engine/pool.js';
import { Poller } from '../../src/linux/poll.js';
import { bytesOf, drain, ip, newContext, Rig, reaching, sendAll, sleep, testFrame } from './links-support.js';

/** The smallest ring: one block, 30 slots. */
const SMALL = { io: 'ring', receiveBuffer: 1, promiscuous: true } as const;

let rig: Rig;

afterEach(() => rig?.close());

/** Receives until `count` frames have come. */
async function take(link: Link, count: number): Promise<PoolFrame[]> {
  const all: PoolFrame[] = [];
  const into: PoolFrame[] = [];
  const end = performance.now() + 8000;
  while (all.length < count) {
    const n = link.receive(into, Math.min(64, count - all.length));
    all.push(...into.slice(0, n));
    if (n > 0) continue;
    if (performance.now() > end) throw new Error(`only ${all.length} frames came`);
    await sleep(1);
  }
  return all;
}

test('frames that are kept while the ring goes round keep their bytes and their place in order', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext({ size: 128 });
  const a = rig.packets(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = rig.packets(rig.b, 'vb', context, SMALL);
  const kept: { frame: PoolFrame; number: number }[] = [];
  for (let number = 0; number < 200; number += 10) {
    const list = Array.from({ length: 10 }, (_, i) => testFrame(number + i, 60 + number + i));
    await sendAll(a, context.pool, list);
    const frames = await take(b, 10);
    for (const [i, frame] of frames.entries()) {
      expect(bytesOf(frame).equals(list[i])).toBe(true);
      if (i % 3 === 0) kept.push({ frame, number: number + i });
      else context.pool.release(frame);
    }
  }
  for (const { frame, number } of kept) {
    expect(bytesOf(frame).equals(testFrame(number, 60 + number))).toBe(true);
    expect(frame.start - frame.slotOffset).toBe(context.pool.headroom);
  }
  expect(b.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
  for (const { frame } of kept) context.pool.release(frame);
  for (const link of [a, b]) link.close();
  expect(context.pool.free).toBe(context.pool.size);
});

test('what is written in front of a frame and behind it reaches neither the kernel nor the next slot', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = rig.packets(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = rig.packets(rig.b, 'vb', context, SMALL);
  const { headroom, maxLength } = context.pool;
  for (let number = 0; number < 100; number += 10) {
    await sendAll(
      a,
      context.pool,
      Array.from({ length: 10 }, (_, i) => testFrame(number + i, 60)),
    );
    for (const [i, frame] of (await take(b, 10)).entries()) {
      expect(frame.u32(14)).toBe(number + i);
      expect([frame.push(headroom), frame.push(1)]).toEqual([true, false]);
      expect(frame.fill(new Uint8Array(headroom + maxLength).fill(0xff))).toBe(true);
      expect(frame.fill(new Uint8Array(headroom + maxLength + 1))).toBe(false);
      context.pool.release(frame);
    }
  }
  expect(b.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
});

test('frames outlive the link, and its room can be had again', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = rig.packets(rig.a, 'va', context, { io: 'recvmmsg' });
  for (let round = 0; round < 3; round++) {
    const b = rig.packets(rig.b, 'vb', context, { io: 'ring', receiveBuffer: 200 << 20 }); // there is room for one of these
    await sendAll(a, context.pool, [testFrame(1, 100), testFrame(2, 100)]);
    const frames = await take(b, 2);
    b.close();
    expect(frames.map((frame) => frame.u32(14))).toEqual([1, 2]);
    expect(bytesOf(frames[1]).equals(testFrame(2, 100))).toBe(true);
    for (const frame of frames) context.pool.release(frame);
  }
  a.close();
  expect(context.pool.free).toBe(context.pool.size);
});

test('without room the ring is refused, and auto does without', async () => {
  rig = new Rig({ quiet: true });
  const roomy = newContext();
  const context = { ...roomy, pool: new Pool({ size: 64 }) };
  const a = rig.packets(rig.a, 'va', roomy, {});
  const refused = expect.objectContaining({ code: 'limit', message: expect.stringMatching(/vb.*recvmmsg/) });
  expect(() => rig.packets(rig.b, 'vb', context, { io: 'ring' })).toThrow(refused);
  expect(() => rig.packets(rig.b, 'vb', roomy, { io: 'ring', receiveBuffer: 1 << 30 })).toThrow(refused);
  expect(() => rig.packets(rig.b, 'vb', roomy, { io: 'xyz' })).toThrow(
    expect.objectContaining({ code: 'bad-config', message: expect.stringMatching(/io/) }),
  );
  const b = rig.packets(rig.b, 'vb', context, {});
  await sendAll(a, roomy.pool, [testFrame(5, 60)]);
  const seen: number[] = [];
  await drain(b, context.pool, (frame) => seen.push(frame.u32(14)), reaching(1));
  expect(seen).toEqual([5]);
});

test('frames bear the time of their arrival, in order', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const a = rig.packets(rig.a, 'va', context, {});
  const b = rig.packets(rig.b, 'vb', context, SMALL);
  const before = context.clock.now() - 1000; // two clocks are compared: a millisecond for their reading
  await sendAll(a, context.pool, [testFrame(1, 60)]);
  await sleep(20);
  await sendAll(a, context.pool, [testFrame(2, 60)]);
  const middle = context.clock.now();
  await sleep(50);
  const [first, second] = (await take(b, 2)).map((frame) => {
    context.pool.release(frame);
    return frame.timestamp;
  });
  expect([first, second].every(Number.isInteger)).toBe(true);
  expect(first).toBeGreaterThanOrEqual(before);
  expect(second - first).toBeGreaterThanOrEqual(19_000);
  expect(second).toBeLessThanOrEqual(middle + 1000);
});

test('a device that went down does not keep the descriptor ready', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const b = rig.packets(rig.b, 'vb', context, SMALL);
  const poller = new Poller();
  poller.add(b.fd);
  expect(poller.wait(0)).toBe(0);
  ip('-n', rig.b, 'link', 'set', 'vb', 'down');
  expect(poller.wait(2000)).toBe(1);
  for (let i = 0; i < 200; i++) b.receive([], 64);
  expect(poller.wait(0)).toBe(0);
  expect(b.lastError).toContain('ENETDOWN');
});
