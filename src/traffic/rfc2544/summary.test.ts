import { expect, test } from 'vitest';
import { summaryOf } from './summary.js';

test('nothing has no summary', () => {
  expect(summaryOf([])).toBeUndefined();
});

test('one value is all of them', () => {
  expect(summaryOf([7])).toEqual({ count: 1, lowest: 7, average: 7, median: 7, p99: 7, highest: 7 });
});

test('a hundred values, in no order', () => {
  const values = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
  expect(summaryOf(values)).toEqual({
    count: 100,
    lowest: 1,
    average: 50.5,
    median: 50,
    p99: 99,
    highest: 100,
  });
});
