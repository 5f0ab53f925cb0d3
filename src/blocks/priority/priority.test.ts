import { expect, test } from 'vitest';
import { Bench } from '../../testing/departures.js';
import { ethernetFrame } from '../../testing/frames.js';

test('the highest mark goes first, in order within it', () => {
  const t = new Bench('priority', { rate: '1MB', queues: 3 });
  const marks = [0, 0, 1, 2, 0, 9, 1];
  for (const [number, mark] of marks.entries()) t.send({ mark, number });
  t.node.elapse(10_000);
  // The first was on its way before the others came.
  expect(t.numbers()).toEqual([0, 3, 5, 2, 6, 1, 4]);
  expect(t.out().map((one) => one.at)).toEqual([0, 100, 200, 300, 400, 500, 600]);
});

test('the lowest waits for as long as there is anything higher', () => {
  const t = new Bench('priority', { rate: '1MB', queues: 2 });
  for (let i = 0; i < 3; i++) t.send({ mark: 0 });
  for (let i = 0; i < 100; i++) {
    t.send({ mark: 1 });
    t.node.elapse(100);
  }
  expect(t.out().filter((one) => one.mark === 0)).toHaveLength(1);
  t.node.elapse(1000);
  expect(t.out().filter((one) => one.mark === 0)).toHaveLength(3);
});

test('by code point: the higher the class, the sooner', () => {
  const t = new Bench('priority', { rate: '1MB', by: 'dscp' });
  const frame = (dscp: number) =>
    ethernetFrame({ payload: Uint8Array.of(0x45, dscp << 2, 0, 20, ...new Uint8Array(16)), type: 0x0800 });
  for (const dscp of [0, 0, 46, 8, 56]) t.send({ bytes: frame(dscp) });
  t.send({ bytes: ethernetFrame({ type: 0x0806 }) });
  t.node.elapse(10_000);
  expect(t.out().map((one) => (one.length === 60 ? 'arp' : (one.number >>> 18) & 63))).toEqual([
    0,
    56,
    46,
    8,
    0,
    'arp',
  ]);
});

test('each queue has its own limit', () => {
  const t = new Bench('priority', { rate: 1000, queues: 2, limit: 2 });
  for (let i = 0; i < 5; i++) t.send({ mark: 0 });
  for (let i = 0; i < 3; i++) t.send({ mark: 1 });
  expect([t.drops(), t.waiting]).toEqual([{ full: 3 }, 4]);
  t.node.engine.close();
  expect(t.drops()).toEqual({ full: 3, closed: 4 });
  expect(t.node.engine.pool.free).toBe(2048);
});

test('a block with fewer queues serves what it takes over', () => {
  const t = new Bench('priority', { rate: 1000, queues: 8 });
  for (let mark = 0; mark < 8; mark++) t.send({ mark, number: mark });
  t.node.act({ do: 'add', name: 'y', type: 'priority', config: { rate: 1000, queues: 2 } });
  t.node.act({ do: 'replace', old: 'x', new: 'y' });
  t.node.elapse(10_000_000);
  expect(t.numbers()).toEqual([0, 7, 6, 5, 4, 3, 2, 1]);
});
