import { expect, test } from 'vitest';
import { KernelTime } from './kernel-time.js';

const FUTURE = 1e10;

test('a time of arrival is never later than now, never earlier than the one before', () => {
  let now = 5_000_000;
  const time = new KernelTime({ now: () => now });
  time.begin();
  expect(time.arrival(0, 0)).toBe(0);
  expect(time.arrival(FUTURE, 0)).toBe(5_000_000);
  expect(time.arrival(0, 0)).toBe(5_000_000);
  now += 1000;
  expect(time.arrival(FUTURE, 0)).toBe(5_000_000);
  time.begin();
  expect(time.arrival(FUTURE, 0)).toBe(5_001_000);
});

test('follows the clock that it is given, not the wall clock', () => {
  let now = 0;
  const time = new KernelTime({ now: () => now });
  const seconds = Math.floor(Date.now() / 1000) - 1;
  // On the clock that stands at 0 all that has arrived so far did so before; once it has moved on, it has not.
  now = 1e12;
  time.begin();
  expect(time.arrival(seconds, 0)).toBeLessThanOrEqual(0);
  time.adjust();
  time.begin();
  const later = time.arrival(seconds, 123_456_000);
  expect(later).toBeGreaterThan(1e12 - 60e6);
  expect(later).toBeLessThanOrEqual(1e12);
  expect(Number.isInteger(later)).toBe(true);
});
