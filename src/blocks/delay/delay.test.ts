import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench } from '../../testing/departures.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Delays of 2000 frames, 100 µs apart. */
function delays(config: Record<string, unknown>): { delays: number[]; inOrder: boolean } {
  const t = new Bench('delay', { limit: 5000, seed: 1, ...config });
  for (let number = 0; number < 2000; number++) {
    t.send({ number });
    t.node.elapse(100);
  }
  t.node.elapse(1_000_000);
  const numbers = t.numbers();
  expect([...numbers].sort((a, b) => a - b)).toEqual(range(2000));
  return {
    delays: t.out().map(({ at, number }) => at - 100 * number),
    inOrder: numbers.every((n, i) => n === i),
  };
}

const mean = (values: number[]) => values.reduce((sum, n) => sum + n, 0) / values.length;
const deviation = (values: number[]) => Math.sqrt(mean(values.map((n) => (n - mean(values)) ** 2)));

test('holds every frame back for its time, both ways', () => {
  const t = new Bench('delay', { time: '2ms' });
  for (let i = 0; i < 3; i++) {
    t.send({ number: i, direction: i === 1 ? 1 : 0 });
    t.node.elapse(300);
  }
  expect([t.waiting, t.out().length]).toEqual([3, 0]);
  t.node.elapse(10_000);
  expect(t.out(0).map((one) => one.at)).toEqual([2000, 2600]);
  expect(t.out(1).map((one) => one.at)).toEqual([2300]);
  expect(t.node.block('x')).toMatchObject({ packets: 3, bytes: 300 });
});

test('without a delay frames just pass', () => {
  const t = new Bench('delay', { time: 0 });
  t.send();
  expect(t.out()).toHaveLength(1);
});

test('uniform jitter: its mean and width; the order is kept unless it need not be', () => {
  const free = delays({ time: 20_000, jitter: 5000, reorder: true });
  expect(free.inOrder).toBe(false);
  expect(Math.min(...free.delays)).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...free.delays)).toBeLessThanOrEqual(25_000);
  expect(Math.abs(mean(free.delays) - 20_000)).toBeLessThan(200);
  expect(Math.abs(deviation(free.delays) - 5000 / Math.sqrt(3))).toBeLessThan(150);
  const kept = delays({ time: 20_000, jitter: 5000 });
  expect(kept.inOrder).toBe(true);
  expect(Math.max(...kept.delays)).toBeLessThanOrEqual(25_000);
});

test('normal jitter: its mean and deviation; never before the frame came', () => {
  const { delays: normal } = delays({ time: 50_000, jitter: 5000, distribution: 'normal', reorder: true });
  expect(Math.abs(mean(normal) - 50_000)).toBeLessThan(350);
  expect(Math.abs(deviation(normal) - 5000)).toBeLessThan(350);
  const within = normal.filter((n) => Math.abs(n - 50_000) < 5000).length / 2000;
  expect(Math.abs(within - 0.683)).toBeLessThan(0.04);
  const cut = delays({ time: 1000, jitter: 5000, distribution: 'normal', reorder: true });
  expect(Math.min(...cut.delays)).toBe(0);
});

test('the same seed, the same delays', () => {
  const config = { time: 5000, jitter: 5000, reorder: true };
  expect(delays(config)).toEqual(delays(config));
  expect(delays(config)).not.toEqual(delays({ ...config, seed: 2 }));
});

test('frames due at one time leave in the order in which they came, all of them', () => {
  const t = new Bench('delay', { time: 1000, reorder: true });
  for (const number of range(200)) t.send({ number });
  t.node.elapse(1000);
  expect(t.numbers()).toEqual(range(200));
});

test('a shorter time counts for what comes later; without leave to overtake that waits', () => {
  const t = new Bench('delay', { time: 5000 });
  t.send({ number: 1 });
  t.node.act({ do: 'set', name: 'x', options: { time: 1000 } });
  t.send({ number: 2 });
  t.node.act({ do: 'set', name: 'x', options: { reorder: true } });
  t.send({ number: 3 });
  t.node.elapse(5000);
  expect(t.out().map(({ number, at }) => [number, at])).toEqual([
    [3, 1000],
    [1, 5000],
    [2, 5000],
  ]);
});

test('drops what finds it full; a replacement lets go what it takes over', () => {
  const t = new Bench('delay', { time: 1000, limit: 2 });
  for (let i = 0; i < 3; i++) t.send({ number: i });
  t.node.act({ do: 'add', name: 'y', type: 'delay', config: { time: 9000, limit: 10, reorder: true } });
  t.node.act({ do: 'replace', old: 'x', new: 'y' });
  expect(t.node.engine.held()).toBe(2);
  t.node.elapse(1000);
  expect(t.numbers()).toEqual([0, 1]);
  expect(accountFaults(t.node.engine)).toEqual([]);
});
