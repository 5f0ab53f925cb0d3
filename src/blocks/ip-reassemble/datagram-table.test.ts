import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePool } from '../../testing/pool.js';
import { DatagramTable, MOST_DATAGRAMS, Range } from './datagram-table.js';

const frame = () => makePool({ size: 1 }).allocate()!;

test('full of datagrams it finds each, and the oldest, through any removals', () => {
  const table = new DatagramTable(1000, 7);
  const one = frame();
  const there: number[] = [];
  for (let i = 0; i < MOST_DATAGRAMS; i++) there.push(table.begin(i, 2 * i, i << 16, one, i));
  expect([table.count, table.held]).toEqual([MOST_DATAGRAMS, MOST_DATAGRAMS]);
  const alive = new Set(there.keys());
  for (let step = 0; step < MOST_DATAGRAMS; step++) {
    const i = (step * 379) % MOST_DATAGRAMS;
    expect(table.find(i, 2 * i, i << 16)).toBe(there[i]);
    expect(table.find(i, 2 * i + 1, i << 16)).toBe(-1);
    expect(table.remove(there[i])).toBe(one);
    alive.delete(i);
    expect(table.find(i, 2 * i, i << 16)).toBe(-1);
    const [oldest] = alive;
    expect(table.oldest).toBe(oldest === undefined ? -1 : there[oldest]);
    const next = (i + 379) % MOST_DATAGRAMS;
    if (alive.has(next)) expect(table.find(next, 2 * next, next << 16)).toBe(there[next]);
  }
  expect([table.count, table.held]).toEqual([0, 0]);
});

test('one that was given up has no frame any more, and is found', () => {
  const table = new DatagramTable(1000, 7);
  const one = frame();
  const index = table.begin(1, 2, 3, one, 4);
  expect(table.giveUp(index, 5)).toBe(one);
  expect([table.find(1, 2, 3), table.fate[index], table.count, table.held]).toEqual([index, 5, 1, 0]);
  expect([table.remove(index), table.count, table.held]).toEqual([null, 0, 0]);
});

test('the bitmap of each is its own', () => {
  const range = fc.tuple(fc.nat(1), fc.nat(120), fc.nat(20));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const table = new DatagramTable(1120, 7);
      const indices = [1, 2].map((id) => table.begin(0, 0, id, frame(), 0));
      const model = [new Set<number>(), new Set<number>()];
      for (const [which, from, length] of ranges) {
        const units = Array.from({ length }, (_, i) => from + i);
        const count = units.filter((unit) => model[which].has(unit)).length;
        const expected = count === 0 ? Range.empty : count === length ? Range.full : Range.mixed;
        expect(table.look(indices[which], from, from + length)).toBe(expected);
        if (expected !== Range.empty) continue;
        table.mark(indices[which], from, from + length);
        for (const unit of units) model[which].add(unit);
        expect(table.units[indices[which]]).toBe(model[which].size);
      }
    }),
    { seed: 5, numRuns: 60 },
  );
});
