import { expect, test } from 'vitest';
import { planXdp } from './xdp-memory.js';

const ring = { producer: 0, consumer: 128, flags: 196, entries: 320 };
const offsets = { receive: ring, send: ring, fill: ring, completion: ring };

test.each([
  { bytes: 8 << 20, headroom: 128, maxLength: 1920 },
  { bytes: 1, headroom: 128, maxLength: 128 },
  { bytes: 100_000, headroom: 500, maxLength: 9000 },
  { bytes: 1 << 30, headroom: 0, maxLength: 65_408 },
])('the pieces of $bytes bytes do not overlap, and frames fit with what is in front', (given) => {
  const plan = planXdp(offsets, given.bytes, given.headroom, given.maxLength);
  let end = 0;
  for (const name of ['receive', 'send', 'fill', 'completion'] as const) {
    const { at, bytes, size, entryBytes } = plan[name];
    expect([at, at % 4096, bytes % 4096]).toEqual([end, 0, 0]);
    expect(bytes).toBeGreaterThanOrEqual(320 + size * entryBytes);
    expect(Math.log2(size) % 1).toBe(0);
    end = at + bytes;
  }
  expect(plan.chunksAt).toBe(end);
  expect(plan.bytes).toBeGreaterThanOrEqual(end + (plan.receiveChunks + plan.sendChunks) * plan.stride);
  // No ring can run over: each has an entry for every chunk that can be in it.
  expect(Math.min(plan.receive.size, plan.fill.size)).toBeGreaterThanOrEqual(plan.receiveChunks);
  expect(Math.min(plan.send.size, plan.completion.size)).toBeGreaterThanOrEqual(plan.sendChunks);
  // What the kernel demands of a chunk.
  expect(plan.chunkBytes).toBeGreaterThanOrEqual(2048);
  expect(plan.chunkBytes).toBeLessThanOrEqual(4096);
  const inFront = 256 + plan.headroom;
  expect(inFront).toBeGreaterThanOrEqual(given.headroom);
  expect(plan.headroom).toBeLessThan(plan.chunkBytes - 256);
  expect(plan.longest).toBeLessThanOrEqual(Math.min(given.maxLength, plan.chunkBytes - inFront));
  // A frame may grow to the pool's longest without reaching the next chunk.
  expect(plan.stride).toBeGreaterThanOrEqual(inFront + given.maxLength);
  expect(plan.stride % 128).toBe(64);
});

test('by default a frame may be as long as the pool has it, and there are some 3,700 of them', () => {
  const plan = planXdp(offsets, 8 << 20, 128, 1920);
  expect([plan.longest, plan.receiveChunks, plan.receive.size]).toEqual([1920, 3744, 4096]);
});
