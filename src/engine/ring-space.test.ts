import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RingSpace } from './ring-space.js';

const PAGE = 4096;

test('gives out whole pages behind the slots, and says when there are no more', () => {
  const space = new RingSpace(5000, 10 * PAGE + 17);
  expect(space.claim(1)).toBe(2 * PAGE);
  expect(space.claim(2 * PAGE + 1)).toBe(3 * PAGE);
  expect(space.claim(5 * PAGE)).toBe(-1);
  expect(space.claim(4 * PAGE)).toBe(6 * PAGE);
  expect(space.claim(1)).toBe(-1);
  space.giveBack(3 * PAGE);
  expect(space.claim(4 * PAGE)).toBe(-1);
  expect(space.claim(3 * PAGE)).toBe(3 * PAGE);
  expect(() => space.giveBack(PAGE)).toThrow(RangeError);
});

test.each([0, -1, Number.NaN])('has no piece of %d bytes', (bytes) => {
  expect(new RingSpace(0, 4 * PAGE).claim(bytes)).toBe(-1);
});

test('pieces never overlap, stay inside, and what is given back can be had again', () => {
  const steps = fc.array(fc.record({ claim: fc.boolean(), size: fc.integer({ min: 1, max: 9 * PAGE }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const space = new RingSpace(100, 33 * PAGE);
      const held = new Map<number, number>();
      for (const { claim, size } of list) {
        const [first] = held.keys();
        if (!claim && first !== undefined) {
          space.giveBack(first);
          held.delete(first);
          continue;
        }
        const offset = space.claim(size);
        if (offset < 0) continue;
        expect(offset % PAGE).toBe(0);
        expect(offset).toBeGreaterThanOrEqual(PAGE);
        expect(offset + size).toBeLessThanOrEqual(33 * PAGE);
        for (const [other, length] of held)
          expect(offset >= other + length || offset + size <= other).toBe(true);
        held.set(offset, size);
      }
      for (const offset of held.keys()) space.giveBack(offset);
      expect(space.claim(32 * PAGE)).toBe(PAGE);
    }),
    { seed: 1, numRuns: 200 },
  );
});
