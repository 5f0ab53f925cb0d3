import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Deadlined, Deadlines } from './deadlines.js';

const NEVER = Number.POSITIVE_INFINITY;

test('whatever is set, changed and removed: the earliest comes first, each once', () => {
  const step = fc.record({
    what: fc.constantFrom('set', 'set', 'set', 'never', 'remove', 'take'),
    who: fc.nat(19),
    time: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const all = Array.from({ length: 20 }, (): Deadlined => ({ deadline: NEVER, place: -1 }));
      const queue = new Deadlines<Deadlined>();
      const model = new Map<Deadlined, number>();
      const next = (): number => Math.min(NEVER, ...model.values());
      for (const { what, who, time } of steps) {
        const one = all[who];
        if (one === undefined) continue;
        if (what === 'set') {
          queue.set(one, time);
          model.set(one, time);
        } else if (what === 'take') {
          const due = queue.take(time);
          if (due === null) expect(next()).toBeGreaterThan(time);
          else {
            expect(model.get(due)).toBe(next());
            model.delete(due);
          }
        } else {
          if (what === 'never') queue.set(one, NEVER);
          else queue.remove(one);
          model.delete(one);
        }
        expect([queue.next, queue.size]).toEqual([next(), model.size]);
        for (const other of all) {
          expect(other.deadline).toBe(model.get(other) ?? NEVER);
          expect(other.place >= 0).toBe(model.has(other));
        }
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
