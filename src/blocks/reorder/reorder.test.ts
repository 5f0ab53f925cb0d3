import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench } from '../../testing/departures.js';

test('a frame held back goes on behind those that overtake it', () => {
  const t = new Bench('reorder', { probability: 0.1, distance: 3, seed: 1 });
  for (let number = 0; number < 2000; number++) t.send({ number });
  t.node.elapse(10_000);
  const numbers = t.numbers();
  expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  // The last ones have nobody left who could overtake them.
  const late = numbers.filter((n, i) => n < 1990 && numbers.slice(0, i).some((before) => before > n));
  expect(Math.abs(late.length - 200)).toBeLessThan(55);
  const overtakers = late.map(
    (n) => numbers.slice(0, numbers.indexOf(n)).filter((before) => before > n).length,
  );
  expect(new Set(overtakers)).toEqual(new Set([3]));
  expect(t.node.block('x')).toMatchObject({ packets: 2000, overtaken: late.length, late: 1 });
});

test('when nothing overtakes it, it goes on when its time is over', () => {
  const t = new Bench('reorder', { probability: 1, time: '5ms' });
  t.send({ number: 1 });
  t.node.elapse(1000);
  t.send({ number: 2, direction: 1 });
  expect(t.waiting).toBe(2);
  t.node.elapse(20_000);
  expect([t.out(0), t.out(1)].map((list) => list.map((one) => one.at))).toEqual([[5000], [6000]]);
  expect(t.node.block('x')).toMatchObject({ packets: 2, overtaken: 0, late: 2 });
});

test('holds no more than 64 back; the others pass and overtake them', () => {
  const t = new Bench('reorder', { probability: 1, distance: 10 });
  for (let number = 0; number < 74; number++) t.send({ number });
  expect(t.numbers().slice(0, 12)).toEqual([64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 0, 1]);
  expect(t.out()).toHaveLength(74);
});

test('the same seed, the same order', () => {
  const order = (seed: number) => {
    const t = new Bench('reorder', { probability: 0.3, seed });
    for (let number = 0; number < 100; number++) t.send({ number });
    return t.numbers();
  };
  expect(order(1)).toEqual(order(1));
  expect(order(1)).not.toEqual(order(2));
});

test('what is held back when it goes is counted; a replacement takes it over', () => {
  const t = new Bench('reorder', { probability: 1 });
  for (let i = 0; i < 3; i++) t.send();
  t.node.act({ do: 'add', name: 'y', type: 'reorder', config: { probability: 0 } });
  t.node.act({ do: 'replace', old: 'x', new: 'y' });
  t.node.elapse(10_000);
  expect(t.out()).toHaveLength(3);
  t.node.act({ do: 'set', name: 'y', options: { probability: 1 } });
  t.node.inject('y');
  t.node.act({ do: 'rm', name: 'y', mode: 'force' });
  expect(t.node.drops()).toEqual({ 'y closed': 1 });
  expect(accountFaults(t.node.engine)).toEqual([]);
});
