import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from './backlog.js';
import { Pool } from './pool.js';

test('first in, first out, across the end of its memory', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 80 }), (steps) => {
      const pool = new Pool({ size: 5, slotSize: 64, headroom: 0 });
      const backlog = new Backlog(pool.size);
      const model = [];
      for (const push of steps) {
        const frame = push ? pool.allocate() : null;
        if (frame !== null) {
          backlog.push(frame);
          model.push(frame);
        } else if (model.length > 0) {
          const first = backlog.shift();
          expect(first).toBe(model.shift());
          pool.release(first);
        }
        expect(backlog.length).toBe(model.length);
        expect(model.map((_, i) => backlog.peek(i))).toEqual(model);
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('more frames than the pool has are a bug that shows', () => {
  const frame = new Pool({ size: 1 }).allocate()!;
  const backlog = new Backlog(1);
  backlog.push(frame);
  expect(() => backlog.push(frame)).toThrow('queued twice');
});
