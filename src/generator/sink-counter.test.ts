import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SinkCounter } from './sink-counter.js';

function count(expected: number, numbers: readonly number[]) {
  const counter = new SinkCounter();
  counter.begin(expected);
  for (const number of numbers) counter.note(number);
  const { received, duplicated, reordered, strange } = counter;
  return { received, duplicated, reordered, strange };
}

test('in order, none missing', () => {
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  expect(count(100, numbers)).toEqual({ received: 100, duplicated: 0, reordered: 0, strange: 0 });
});

test('what came behind a higher number was reordered; what came again is a duplicate only', () => {
  expect(count(10, [0, 2, 1, 2, 1, 5, 4, 3, 6])).toEqual({
    received: 7,
    duplicated: 2,
    reordered: 3,
    strange: 0,
  });
});

test('numbers that were not sent are told apart', () => {
  expect(count(10, [9, 10, 0xffff_ffff])).toEqual({ received: 1, duplicated: 0, reordered: 0, strange: 2 });
});

test('forgets all of a trial when the next begins', () => {
  const counter = new SinkCounter();
  counter.begin(64);
  for (let number = 0; number < 64; number++) counter.note(number);
  counter.begin(40);
  counter.note(39);
  counter.note(5);
  expect(counter).toMatchObject({ received: 2, duplicated: 0, reordered: 1, strange: 0 });
  counter.begin(1000);
  counter.note(999);
  expect(counter).toMatchObject({ received: 1, duplicated: 0, reordered: 0 });
});

test('any arrivals: as sets and lists count them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.nat(220)), (expected, numbers) => {
      const known = numbers.filter((number) => number < expected);
      const first = known.filter((number, i) => known.indexOf(number) === i);
      expect(count(expected, numbers)).toEqual({
        received: new Set(known).size,
        duplicated: known.length - first.length,
        reordered: first.filter((number, i) => first.slice(0, i).some((earlier) => earlier > number)).length,
        strange: numbers.length - known.length,
      });
    }),
    { seed: 2544, numRuns: 200 },
  );
});
