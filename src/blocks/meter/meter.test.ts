import { expect, test } from 'vitest';
import { Bench } from '../../testing/departures.js';

const rateOf = (t: Bench) => Number(t.node.block('x').details?.().rate);

/** Frames of 100 bytes at a rate for some time. */
function run(t: Bench, rate: number, micros: number, direction: 0 | 1 = 0): void {
  const gap = 1e8 / rate;
  for (const end = t.now + micros; t.now < end; t.node.elapse(gap)) t.send({ direction });
}

test('measures the rate: an average with weight 1/8 in each period', () => {
  const t = new Bench('meter', { threshold: '1GB', period: '10ms' });
  run(t, 100_000, 80_000);
  t.send();
  expect(rateOf(t)).toBeCloseTo(100_000 * (1 - 0.875 ** 8), -2);
  run(t, 100_000, 1_000_000);
  expect(Math.abs(rateOf(t) - 100_000)).toBeLessThan(1000);
  run(t, 500_000, 1_000_000);
  expect(Math.abs(rateOf(t) - 500_000)).toBeLessThan(5000);
});

test('parts what comes above the threshold from what comes below, both ways', () => {
  const t = new Bench('meter', { threshold: 200_000, period: '1ms' });
  run(t, 100_000, 50_000);
  run(t, 100_000, 50_000, 1);
  expect([0, 1, 2, 3].map((port) => t.out(port).length)).toEqual([50, 50, 0, 0]);
  run(t, 1_000_000, 100_000, 1);
  expect([t.out(1).length < 80, t.out(3).length > 970]).toEqual([true, true]);
  run(t, 1_000_000, 10_000);
  expect([t.out(0).length, t.out(2).length]).toEqual([50, 100]);
  run(t, 100_000, 50_000);
  expect(t.out(0).length).toBeGreaterThan(50 + 25);
  expect(t.node.block('x')).toMatchObject({
    packets: t.out(0).length + t.out(1).length,
    above: t.out(2).length + t.out(3).length,
  });
});

test('a pause counts as what it is', () => {
  const t = new Bench('meter', { threshold: '1GB', period: '1ms' });
  run(t, 100_000, 100_000);
  t.node.elapse(8_000);
  t.send();
  expect(rateOf(t)).toBeGreaterThan(25_000);
  expect(rateOf(t)).toBeLessThan(45_000);
  t.node.elapse(1_000_000);
  t.send();
  expect(rateOf(t)).toBe(0);
});
