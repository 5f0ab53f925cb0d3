import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench, type Recorder } from '../../testing/departures.js';
import { hexOf } from '../../testing/frames.js';

describe('does not drift', () => {
  test.each([
    { rate: 3, burst: 1, seconds: 100 },
    { rate: 1000, burst: 7, seconds: 3 },
    { rate: 29_999.7, burst: 1, seconds: 0.5 },
    { rate: 3_000_000, burst: 32, seconds: 0.005 },
  ])('$rate frames/s, $burst at a time', ({ rate, burst, seconds }) => {
    const t = new Bench('paced-source', { rate, burst });
    t.node.elapse(seconds * 1e6);
    const out = t.out();
    const due = Math.floor((seconds * rate) / burst) * burst + burst;
    expect(Math.abs(out.length - due)).toBeLessThanOrEqual(burst);
    for (const i of [1, out.length >> 1, out.length - 1]) {
      const exact = (Math.floor(i / burst) * burst * 1e6) / rate;
      expect(out[i].at - exact).toBeGreaterThanOrEqual(-0.5);
      expect(out[i].at - exact).toBeLessThan(1.5);
    }
  });
});

test('makes so many and stops', () => {
  const t = new Bench('paced-source', { rate: 100, burst: 4, count: 10 });
  t.node.elapse(10_000_000);
  expect(t.out().map((one) => one.at)).toEqual([0, 0, 0, 0, 40_000, 40_000, 40_000, 40_000, 80_000, 80_000]);
  expect(t.node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  t.node.act({ do: 'set', name: 'x', options: { count: 12 } });
  t.node.elapse(1_000_000);
  expect(t.out()).toHaveLength(12);
  expect(t.node.block('x')).toMatchObject({ packets: 12, bytes: 720, missed: 0 });
});

test('makes the frame that it is told to, down if told so; what comes to it passes', () => {
  const hex = '02:00:00:00:00:0a 02:00:00:00:00:0b 08 06 00ff';
  const t = new Bench('paced-source', { rate: 10, count: 2, frame: hex, direction: 'egress' });
  t.node.elapse(1_000_000);
  expect([t.out(0).length, t.out(1).length]).toEqual([0, 2]);
  expect(hexOf(t.node.block<Recorder>('p1').last)).toBe(hex.replaceAll(/[ :]/g, ''));
  t.send({ direction: 0 });
  expect(t.out(0)).toHaveLength(1);
  const filled = new Bench('paced-source', { rate: 10, length: 18, fill: 7, count: 1 });
  filled.node.elapse(0);
  expect(filled.node.block<Recorder>('p0').last).toEqual(new Uint8Array(18).fill(7));
});

test('waits until its port is bound', () => {
  const t = new Bench('paced-source', { rate: 1000, count: 5 });
  t.node.act({ do: 'disconnect', from: 'x', port: 'ingress' });
  t.node.elapse(123_456);
  expect(t.drops()).toEqual({});
  t.node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'p0' });
  t.node.elapse(20_000);
  expect(t.out()).toHaveLength(5);
});

test('an empty pool and a late timer make it miss frames, not run faster', () => {
  const t = new Bench('paced-source', { rate: 1000, count: 2000 }, 1);
  t.node.elapse(100_000);
  const kept = t.node.engine.pool.allocate()!;
  t.node.elapse(100_000);
  t.node.engine.pool.release(kept);
  expect(t.node.block('x')).toMatchObject({ packets: 101, missed: 100 });
  t.node.clock.advance(1_000_000);
  t.node.settle();
  const late = t.out().length;
  expect(late).toBeLessThan(105);
  t.node.elapse(10_000_000);
  expect(t.out().length).toBeGreaterThan(790);
  expect(t.node.block('x')).toMatchObject({ packets: t.out().length, missed: 2000 - t.out().length });
  expect(accountFaults(t.node.engine)).toEqual([]);
});

test('a changed rate counts from then on', () => {
  const t = new Bench('paced-source', { rate: 10 });
  t.node.elapse(1_000_000);
  t.node.act({ do: 'set', name: 'x', options: { rate: 1000 } });
  t.node.elapse(100_000);
  expect(Math.abs(t.out().length - 112)).toBeLessThanOrEqual(1);
  t.node.engine.rehearse((changes) =>
    t.node.engine.lifecycle.configure(t.node.get('x'), { rate: 1 }, changes),
  );
  t.node.elapse(100_000);
  expect(Math.abs(t.out().length - 212)).toBeLessThanOrEqual(1);
});

test('a frame that is none, or too long, is refused', () => {
  for (const frame of ['', 'abc', 'xy', '0x01']) {
    expect(() => new Bench('paced-source', { rate: 1, frame })).toThrow('x: frame: pairs of hex digits');
  }
  expect(() => new Bench('paced-source', { rate: 1, length: 2049 })).toThrow('2049 bytes does not fit');
});
