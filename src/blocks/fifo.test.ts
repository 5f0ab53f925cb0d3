import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Frame } from '../contract/frame.js';
import { makePool } from '../testing/pool.js';
import { Fifo } from './fifo.js';

test('gives back what it got, oldest first from the front, newest first from the back', () => {
  const pool = makePool({ size: 64, slotSize: 256, headroom: 0 });
  const step = fc.constantFrom('push', 'push', 'push', 'shift', 'pop');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, capacity) => {
      const fifo = new Fifo(capacity);
      const model: { frame: Frame; time: number }[] = [];
      for (const [i, what] of steps.entries()) {
        if (what === 'push') {
          const frame = pool.allocate()!;
          frame.length = i + 1;
          fifo.push(frame, i);
          model.push({ frame, time: i });
        } else if (model.length > 0) {
          const { frame } = (what === 'shift' ? model.shift() : model.pop())!;
          expect(what === 'shift' ? fifo.shift() : fifo.pop()).toBe(frame);
          pool.release(frame as never);
        }
        expect(fifo.length).toBe(model.length);
        expect(fifo.bytes).toBe(model.reduce((sum, { frame }) => sum + frame.length, 0));
        if (model.length > 0) {
          expect(fifo.first()).toBe(model[0].frame);
          expect(fifo.firstTime()).toBe(model[0].time);
        }
      }
      for (const { frame } of model) pool.release(frame as never);
    }),
    { seed: 50, numRuns: 200 },
  );
});
