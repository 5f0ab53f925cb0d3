import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.js';

test('any writes, copies and releases: just the bytes that were written, as one array would have them', () => {
  const step = fc.record({
    what: fc.constantFrom('push', 'push', 'copy', 'copy', 'copy', 'release', 'clear-rarely'),
    a: fc.double({ min: 0, max: 1, noNaN: true }),
    b: fc.double({ min: 0, max: 1, noNaN: true }),
    size: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const queue = new SendQueue();
      let model: number[] = [];
      let next = 0;
      for (const { what, a, b, size } of steps) {
        if (what === 'push') {
          const bytes = Uint8Array.from({ length: size }, () => next++ & 255);
          queue.push(bytes);
          model.push(...bytes);
        } else if (what === 'copy') {
          const from = Math.floor(a * model.length);
          const length = Math.floor(b * (model.length - from + 1));
          if (length === 0) continue;
          const target = new Uint8Array(length + 5);
          queue.copy(from, length, target, 3);
          expect([...target]).toEqual([0, 0, 0, ...model.slice(from, from + length), 0, 0]);
        } else if (what === 'release') {
          const count = Math.floor(a * (model.length + 1));
          queue.release(count);
          model = model.slice(count);
        } else if (size === 0) {
          queue.clear();
          model = [];
        }
        expect(queue.length).toBe(model.length);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
