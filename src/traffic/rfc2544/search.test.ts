import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Search, type Verdict } from './search.js';

/** Runs a search to its end; answers the values tried. */
function run(search: Search, device: (value: number) => Verdict): number[] {
  const tried: number[] = [];
  for (let value = search.next; value !== undefined; value = search.next) {
    tried.push(value);
    if (tried.length > 500) throw new Error('it does not end');
    search.tell(device(value), value);
  }
  return tried;
}

/** A device that keeps so much and no more. */
const keeps = (most: number) => (value: number) => (value <= most ? 'kept' : 'lost') as Verdict;

test('the highest value is tried first and may be the result', () => {
  const search = new Search(1000, 0.01);
  expect(run(search, keeps(5000))).toEqual([1000]);
  expect(search).toMatchObject({ best: 1000, limit: 'highest' });
});

test('halves the distance; a loss is confirmed by a second trial, and the last one again in the end', () => {
  const search = new Search(1000, 0.1);
  expect(run(search, keeps(600))).toEqual([1000, 1000, 500, 750, 750, 625, 625, 562, 593, 625, 625]);
  expect(search).toMatchObject({ best: 593, limit: 'loss' });
});

test.each([1, 3])('a loss counts when it has happened %i times', (tries) => {
  const search = new Search(1000, 0.5, tries);
  expect(run(search, keeps(600))).toEqual([...Array(tries).fill(1000), 500, ...Array(tries).fill(1000)]);
});

test('a loss that does not happen again is forgotten', () => {
  const search = new Search(1000, 0.1);
  let accident = true;
  const device = (value: number): Verdict => {
    if (!accident) return keeps(1000)(value);
    accident = false;
    return 'lost';
  };
  expect(run(search, device)).toEqual([1000, 1000]);
  expect(search.best).toBe(1000);
});

test('a failure that was an accident is found out in the end, and the search goes on above it', () => {
  const search = new Search(1000, 0.1);
  let accidents = 2;
  const tried = run(search, (value) => (value === 500 && accidents-- > 0 ? 'lost' : keeps(800)(value)));
  expect(tried).toEqual([
    ...[1000, 1000, 500, 500, 250, 375, 437, 468, 500, 750, 875, 875, 812, 812],
    ...[812, 812], // which stays
  ]);
  expect(search).toMatchObject({ best: 750, limit: 'loss' });
});

test('many losses are believed at once', () => {
  const search = new Search(1000, 0.1);
  expect(run(search, (value) => (value <= 600 ? 'kept' : 'lost-many'))).toEqual([
    1000, 500, 750, 625, 562, 593, 625,
  ]);
});

test('a device that keeps nothing: the search gives up', () => {
  const search = new Search(100_000, 0.01);
  const tried = run(search, () => 'lost');
  expect(search).toMatchObject({ best: 0, limit: 'loss' });
  expect(tried.length).toBeLessThanOrEqual(26);
});

test('what could really be sent counts, and nothing above it is tried', () => {
  const search = new Search(1000, 0.05);
  const tried: number[] = [];
  for (let value = search.next; value !== undefined; value = search.next) {
    tried.push(value);
    search.tell(value > 700 ? 'slow' : 'kept', Math.min(value, 700));
  }
  expect(tried.slice(0, 2)).toEqual([1000, 1000]);
  expect(search.limit).toBe('generator');
  expect(search.best).toBe(700);
});

test('a receiving end that loses frames is asked again, then the value is given up', () => {
  const search = new Search(1000, 0.5);
  expect(run(search, (value) => (value > 900 ? 'unseen' : 'kept'))).toEqual([
    1000, 1000, 1000, 500, 1000, 1000, 1000,
  ]);
  expect(search).toMatchObject({ best: 500, limit: 'sink' });
});

test('telling a search that has ended is a mistake', () => {
  const search = new Search(10, 0.1);
  search.tell('kept');
  expect(search.next).toBeUndefined();
  expect(() => search.tell('kept')).toThrow('ended');
});

describe('any device', () => {
  test('with a fixed limit: found, within the resolution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2e6 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 1.5, noNaN: true }),
        (highest, resolution, part) => {
          const most = Math.floor(highest * part);
          const search = new Search(highest, resolution);
          run(search, keeps(most));
          expect(search.best).toBeLessThanOrEqual(most);
          const found = Math.min(most, highest);
          if (found > highest / 1000) {
            expect(search.best).toBeGreaterThanOrEqual(Math.floor(found * (1 - resolution)) - 1);
          }
        },
      ),
      { seed: 2544, numRuns: 300 },
    );
  });

  test('that answers at random: the search ends all the same, below what it found impossible', () => {
    const verdict = fc.constantFrom<Verdict>('kept', 'lost', 'lost-many', 'slow', 'unseen');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2e6 }),
        fc.infiniteStream(fc.tuple(verdict, fc.double({ min: 0.1, max: 1.2, noNaN: true }))),
        (highest, verdicts) => {
          const search = new Search(highest, 0.01);
          const tried: number[] = [];
          for (let value = search.next; value !== undefined; value = search.next) {
            tried.push(value);
            expect(value).toBeGreaterThanOrEqual(1);
            expect(value).toBeLessThanOrEqual(highest);
            const [answer, part] = verdicts.next().value;
            search.tell(answer, value * part);
          }
          expect(tried.length).toBeLessThanOrEqual(400);
          expect(search.best).toBeLessThanOrEqual(highest);
        },
      ),
      { seed: 2544, numRuns: 300 },
    );
  });
});
