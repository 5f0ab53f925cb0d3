import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ringShape, SLOT_HEADER, slotOffset } from './packet-ring.js';

test('a ring of 4 MiB for frames of usual size', () => {
  const shape = ringShape(4 << 20, 128, 1920);
  expect(shape).toMatchObject({
    slots: 1920,
    slotBytes: 2176,
    blockBytes: 65536,
    blocks: 64,
    bytes: 4 << 20,
  });
  // Where the kernel then puts an Ethernet frame: 80 + reserve + 10 - 14.
  expect(76 + shape.reserve).toBe(202);
});

test('slots do not overlap, keep to their blocks, and have the headroom and the room asked for', () => {
  const input = fc.record({
    bytes: fc.integer({ min: 1, max: 1 << 22 }),
    headroom: fc.integer({ min: 10, max: 700 }),
    maxLength: fc.integer({ min: 1, max: 70_000 }),
  });
  fc.assert(
    fc.property(input, ({ bytes, headroom, maxLength }) => {
      const shape = ringShape(bytes, headroom, maxLength);
      expect(shape.slots).toBe(shape.blocks * shape.slotsInBlock);
      expect([shape.blockBytes % 4096, shape.slotBytes % 16]).toEqual([0, 0]);
      expect(shape.bytes).toBeLessThanOrEqual(Math.max(bytes, shape.blockBytes));
      const start = 76 + shape.reserve;
      expect(start - headroom).toBeGreaterThanOrEqual(SLOT_HEADER);
      expect(start + maxLength).toBeLessThanOrEqual(shape.slotBytes);
      let end = 0;
      for (let i = 0; i < Math.min(shape.slots, 70); i++) {
        const at = slotOffset(shape, i);
        expect(at).toBeGreaterThanOrEqual(end);
        end = at + shape.slotBytes;
        expect(Math.floor(at / shape.blockBytes)).toBe(Math.floor((end - 1) / shape.blockBytes));
      }
      expect(slotOffset(shape, shape.slots - 1) + shape.slotBytes).toBeLessThanOrEqual(shape.bytes);
    }),
    { seed: 5, numRuns: 100 },
  );
});
