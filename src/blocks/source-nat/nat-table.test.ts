import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GROUPS, NatTable, NO_PORT, TABLE_FULL } from './nat-table.js';

const range = { firstAddress: 1000, lastAddress: 1001, firstPort: 50, lastPort: 59, mappings: 24 };

test('it does what two maps and lists would do', () => {
  const step = fc.record({
    what: fc.constantFrom('claim', 'claim', 'touch', 'remove'),
    protocol: fc.constantFrom(1, 6, 17),
    address: fc.nat(3),
    portNumber: fc.integer({ min: 48, max: 56 }),
    group: fc.nat(GROUPS - 1),
    chance: fc.nat(),
  });
  const property = fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, seed) => {
    const table = new NatTable(range, seed);
    const model = new Map<string, number>();
    const order: number[][] = Array.from({ length: GROUPS }, () => []);
    const leave = (index: number) => {
      for (const list of order) if (list.includes(index)) list.splice(list.indexOf(index), 1);
    };
    steps.forEach(({ what, protocol, address, portNumber, group, chance }, now) => {
      table.clock[0] = now;
      const key = `${protocol} ${address} ${portNumber}`;
      const index = table.findInside(protocol, address, portNumber);
      expect(index).toBe(model.get(key) ?? -1);
      if (index >= 0 && what !== 'claim') {
        leave(index);
        if (what === 'touch') {
          table.touch(index, group);
          order[group].push(index);
        } else {
          table.remove(index);
          model.delete(key);
        }
      } else if (index < 0 && what === 'claim') {
        const made = table.claim(protocol, address, portNumber, group, chance);
        if (made < 0) {
          expect([NO_PORT, TABLE_FULL]).toContain(made);
          if (made === TABLE_FULL) expect(model.size).toBe(range.mappings);
        } else {
          model.set(key, made);
          order[group].push(made);
        }
      }
      expect(table.count).toBe(model.size);
      expect([...table.counts]).toEqual(order.map((list) => list.length));
      expect([...table.oldest]).toEqual(order.map((list) => list[0] ?? -1));
    });
    const outside = new Set<string>();
    for (const [key, index] of model) {
      const protocol = Number(key.split(' ')[0]);
      const [address, portNumber] = [table.outsideAddress[index], table.outsidePort[index]];
      expect(table.findOutside(protocol, address, portNumber)).toBe(index);
      outside.add(`${protocol} ${address} ${portNumber}`);
    }
    expect(outside.size).toBe(model.size);
    const smaller = table.fitted({ ...range, mappings: 5 });
    expect(smaller.count).toBe(Math.min(5, model.size));
    expect(table.fitted({ ...range })).toBe(table);
  });
  fc.assert(property, { seed: 4787, numRuns: 80 });
});

test('ends that differ in their protocol alone are apart, also in one bucket', () => {
  for (let seed = 0; seed < 300; seed++) {
    const table = new NatTable(range, seed);
    const made = [1, 6, 17].map((protocol) => table.claim(protocol, 2, 52, 0, 0));
    expect([1, 6, 17].map((protocol) => table.findInside(protocol, 2, 52))).toEqual(made);
    expect([...table.outsidePort.subarray(0, 3)]).toEqual([52, 52, 52]);
    const outside = table.outsideAddress[0];
    expect([1, 6, 17].map((protocol) => table.findOutside(protocol, outside, 52))).toEqual(made);
  }
});

test('a million mappings', () => {
  const table = new NatTable({ ...range, lastAddress: 1255, lastPort: 65_535, mappings: 1 << 20 }, 1);
  expect(table.claim(17, 1, 80, 0, 0)).toBe(0);
  expect(table.findOutside(17, table.outsideAddress[0], 80)).toBe(0);
});
