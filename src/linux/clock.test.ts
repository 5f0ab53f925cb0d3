import { expect, test } from 'vitest';
import { systemClock } from './clock.js';

test('is near the wall clock, in whole microseconds, and never runs backwards', () => {
  expect(Math.abs(systemClock.now() / 1000 - Date.now())).toBeLessThan(2000);
  let last = systemClock.now();
  for (let i = 0; i < 1000; i++) {
    const now = systemClock.now();
    expect(Number.isInteger(now) && now >= last).toBe(true);
    last = now;
  }
});
