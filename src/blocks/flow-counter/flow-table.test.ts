import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FLOW_WORDS } from '../flow-key.js';
import {
  countFlow,
  FLOW_NEW,
  FLOW_TABLE_FULL,
  FlowTable,
  forgetIdle,
  largestFlows,
  resized,
} from './flow-table.js';

const keyOf = (n: number) => Int32Array.of(n, 0, 0, 0, 0, 0, 0, 0, 0, (4 << 8) | 17);
const contents = (table: FlowTable) =>
  Object.fromEntries(
    largestFlows(table, 1000).map(({ flow, frames, bytes }) => [
      Number(/^UDP 0\.0\.0\.(\d+) /.exec(flow)?.[1]),
      [frames, bytes],
    ]),
  );

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ flow: fc.nat(40), length: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ from: fc.nat(20), count: fc.nat(20), back: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.constant('next round' as const) },
  { weight: 1, arbitrary: fc.record({ capacity: fc.constantFrom(1, 15, 16, 31, 32) }) },
);

test('counts as a map does, with flows that go, and rooms that change', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), fc.integer(), (steps, seed) => {
      let table = new FlowTable(16, seed);
      const model = new Map<number, { frames: number; bytes: number; round: number }>();
      let round = 0;
      for (const one of steps) {
        if (one === 'next round') {
          round++;
        } else if ('flow' in one) {
          const known = model.get(one.flow);
          const answer = countFlow(table, keyOf(one.flow), one.length, round);
          if (known)
            model.set(one.flow, { frames: known.frames + 1, bytes: known.bytes + one.length, round });
          else if (answer === FLOW_NEW) model.set(one.flow, { frames: 1, bytes: one.length, round });
          expect(answer === FLOW_TABLE_FULL).toBe(
            !known && model.size === table.capacity && !model.has(one.flow),
          );
        } else if ('capacity' in one) {
          table = resized(table, one.capacity);
          const left = contents(table);
          expect(table.count).toBe(Math.min(model.size, one.capacity));
          for (const flow of model.keys()) if (!(flow in left)) model.delete(flow);
        } else {
          const before = table.count;
          const forgotten = forgetIdle(table, one.from, one.count, round - one.back);
          const left = contents(table);
          expect(before - table.count).toBe(forgotten);
          for (const [flow, { round: last }] of model) {
            if (flow in left) continue;
            expect(last).toBeLessThan(round - one.back);
            model.delete(flow);
          }
        }
        expect(table.count).toBe(model.size);
        const expected = [...model].map(([flow, { frames, bytes }]) => [flow, [frames, bytes]]);
        expect(contents(table)).toEqual(Object.fromEntries(expected));
      }
      forgetIdle(table, 0, table.capacity, round + 1);
      expect([table.count, [...new Set(table.index)]]).toEqual([0, [0]]);
    }),
    { seed: 7, numRuns: 12 },
  );
});

test('every flow of a full table is found again, also when they crowd', () => {
  const table = new FlowTable(1000, 3);
  for (let n = 0; n < 1000; n++) expect(countFlow(table, keyOf(n), 1, 0)).toBe(FLOW_NEW);
  expect(countFlow(table, keyOf(1000), 1, 0)).toBe(FLOW_TABLE_FULL);
  for (let n = 0; n < 1000; n++) countFlow(table, keyOf(n), 1, 0);
  expect([...table.frames].every((frames) => frames === 2)).toBe(true);
  expect(table.keys.length).toBe(1000 * FLOW_WORDS);
});
