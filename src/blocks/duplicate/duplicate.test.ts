import { expect, test } from 'vitest';
import { Bench } from '../../testing/departures.js';

test('sends some frames twice, the copy right behind', () => {
  const t = new Bench('duplicate', { probability: 0.25, seed: 1 });
  for (let number = 0; number < 4000; number++) t.send({ number, direction: number & 1 ? 1 : 0 });
  for (const port of [0, 1]) {
    const numbers = t.numbers(port);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
    expect(new Set(numbers).size).toBe(2000);
  }
  const copies = t.out(0).length + t.out(1).length - 4000;
  expect(Math.abs(copies - 1000)).toBeLessThan(110);
  expect(t.node.block('x')).toMatchObject({ packets: 4000, duplicated: copies });
});

test('all or none', () => {
  for (const [probability, out] of [
    [0, 50],
    [1, 100],
  ]) {
    const t = new Bench('duplicate', { probability });
    for (let i = 0; i < 50; i++) t.send();
    expect(t.out()).toHaveLength(out);
  }
});

test('where the pool is empty the copy is lost, not the frame', () => {
  const t = new Bench('duplicate', { probability: 1 }, 1);
  t.send();
  expect([t.out().length, t.drops()]).toEqual([1, { 'pool-empty': 1 }]);
});
