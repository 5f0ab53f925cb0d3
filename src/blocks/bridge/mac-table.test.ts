import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  forgetMacs,
  learnMac,
  MAC_KNOWN,
  MAC_LEARNED,
  MAC_MOVED,
  MAC_TABLE_FULL,
  MacTable,
  macLines,
  portOfMac,
} from './mac-table.js';

const bound = Int32Array.of(10, 11, 12, 0);
const upperOf = (n: number) => (n & 1 ? 0xfeff : 0x0200);
const lowerOf = (n: number) => n - 7;

const stations = Array.from({ length: 31 }, (_, n) => n);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ learn: fc.nat(30), port: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ back: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.constant('next round' as const) },
);

test('knows what a map knows, with addresses that go', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), fc.integer(), (steps, seed) => {
      const table = new MacTable(16, seed);
      const model = new Map<number, { port: number; round: number }>();
      let round = 0;
      for (const one of steps) {
        if (one === 'next round') {
          round++;
        } else if ('back' in one) {
          const old = [...model].filter(([, { round: last }]) => last < round - one.back);
          expect(forgetMacs(table, round - one.back)).toBe(old.length);
          for (const [n] of old) model.delete(n);
        } else {
          const { learn, port } = one;
          const before = model.get(learn);
          const full = before === undefined && model.size === 16;
          const expected = full
            ? MAC_TABLE_FULL
            : before === undefined
              ? MAC_LEARNED
              : before.port === port
                ? MAC_KNOWN
                : MAC_MOVED;
          expect(learnMac(table, upperOf(learn), lowerOf(learn), port, bound[port], round)).toBe(expected);
          if (!full) model.set(learn, { port, round });
        }
        expect(table.count).toBe(model.size);
        const wrong = stations.filter(
          (n) => portOfMac(table, upperOf(n), lowerOf(n), bound) !== (model.get(n)?.port ?? -1),
        );
        if (wrong.length > 0) expect(wrong).toEqual([]);
      }
      forgetMacs(table, round + 1);
      expect([table.count, [...new Set(table.ports)]]).toEqual([0, [0]]);
    }),
    { seed: 8, numRuns: 20 },
  );
});

test('a port counts only while it leads where it led', () => {
  const table = new MacTable(4, 1);
  learnMac(table, 0x0200, 0xa, 1, 11, 0);
  expect(portOfMac(table, 0x0200, 0xa, bound)).toBe(1);
  expect(portOfMac(table, 0x0200, 0xa, Int32Array.of(10, 0))).toBe(-1);
  expect(portOfMac(table, 0x0200, 0xa, Int32Array.of(11, 12))).toBe(-1);
  expect(learnMac(table, 0x0200, 0xa, 1, 13, 0)).toBe(MAC_MOVED);
});

test('writes addresses as people do, so many as wanted', () => {
  const table = new MacTable(4, 1);
  learnMac(table, 0x0102, 0x0304ffee, 5, 1, 0);
  expect(macLines(table, 4)).toEqual([{ mac: '01:02:03:04:ff:ee', port: 5 }]);
  learnMac(table, 0x0200, 0, 0, 1, 0);
  expect(macLines(table, 1).length).toBe(1);
});
