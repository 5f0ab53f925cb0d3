import { expect, test } from 'vitest';
import { LONGEST_TIMEOUT, RoundTrip, SHORTEST_WAIT } from './round-trip.js';

test('RFC 6298 §2.1: before the first measurement the timeout is a second', () => {
  expect(new RoundTrip().timeout).toBe(1_000_000);
});

test('RFC 6298 §2.2, §2.3: SRTT and RTTVAR', () => {
  const rtt = new RoundTrip();
  rtt.measure(100_000, 0, 1);
  expect([rtt.smoothed, rtt.variation, rtt.timeout]).toEqual([100_000, 50_000, 300_000]);
  rtt.measure(180_000, 0, 1);
  expect([rtt.smoothed, rtt.variation, rtt.timeout]).toEqual([110_000, 57_500, 340_000]);
});

test('the timeout leaves room for a delayed ACK however steady the path is, and is a minute at most', () => {
  const rtt = new RoundTrip();
  for (let i = 0; i < 200; i++) rtt.measure(190_000, i, 1);
  expect(rtt.timeout).toBe(190_000 + SHORTEST_WAIT);
  rtt.measure(500_000_000, 300, 1);
  expect(rtt.timeout).toBe(LONGEST_TIMEOUT);
});

test('RFC 7323 appendix G: many measurements in a round trip weigh as much as one', () => {
  const many = new RoundTrip();
  const one = new RoundTrip();
  for (const rtt of [many, one]) rtt.measure(100_000, 0, 1);
  for (let i = 0; i < 10; i++) many.measure(200_000, 0, 10);
  one.measure(200_000, 0, 1);
  expect(Math.abs(many.smoothed - one.smoothed)).toBeLessThan(1_000);
});

test('the smallest time is forgotten after five minutes', () => {
  const rtt = new RoundTrip();
  rtt.measure(10_000, 0, 1);
  rtt.measure(50_000, 299_000_000, 1);
  expect(rtt.smallest).toBe(10_000);
  rtt.measure(50_000, 301_000_000, 1);
  expect(rtt.smallest).toBe(50_000);
});
