import { expect, test } from 'vitest';
import { nextLoad } from './loss-steps.js';

/** All loads of a device that loses nothing up to `most` percent. */
function loads(most: number, step: number): number[] {
  const tried: number[] = [];
  for (let load = nextLoad([], step); load !== undefined; ) {
    tried.push(load);
    load = nextLoad(
      tried.map((one) => one <= most),
      step,
    );
  }
  return tried;
}

test('down from 100 % until two trials in a row lost nothing', () => {
  expect(loads(75, 10)).toEqual([100, 90, 80, 70, 60]);
  expect(loads(100, 10)).toEqual([100, 90]);
});

test('a device that always loses is asked down to the last step above nothing', () => {
  expect(loads(0, 25)).toEqual([100, 75, 50, 25]);
  expect(loads(0, 0.1)).toHaveLength(1000);
});

test('a single trial without loss does not end it', () => {
  expect(nextLoad([false, true, false], 10)).toBe(70);
  expect(nextLoad([false, true, false, true, true], 10)).toBeUndefined();
});
