import { expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { seededRandom } from '../../testing/random.js';
import { Neighbours } from './neighbours.js';

/** Stands for a frame: the table only keeps it. */
const frame = (number: number) => number as unknown as Frame;

test('does what a map of queues does, whatever the order', () => {
  const table = new Neighbours();
  const model = new Map<number, number[]>();
  const random = seededRandom(11);
  // They share a few buckets: chains grow, and lose links at either end and in between.
  const addresses: number[] = [];
  for (let a = 1; addresses.length < 300; a++) if (Math.imul(a, 0x9e3779b1) >>> 20 < 30) addresses.push(a);
  for (let step = 0; step < 12_000; step++) {
    const one = addresses[random() % addresses.length];
    const queue = model.get(one);
    const slot = table.find(one);
    expect(slot >= 0).toBe(queue !== undefined);
    const action = random() % 4;
    if (queue === undefined) {
      model.set(one, []);
      expect(table.add(one)).toBeGreaterThanOrEqual(0);
    } else if (action === 0) {
      expect(table.shift(slot)).toBe(queue.shift() ?? null);
    } else if (action === 1 && queue.length === 0) {
      model.delete(one);
      table.remove(slot);
    } else {
      expect(table.push(slot, frame(step))).toBe(true);
      queue.push(step);
      if (table.waitingCount > 1000) for (const [key, held] of model) drain(table, key, held);
    }
  }
  expect(table.count).toBe(model.size);
  for (const [key, held] of model) drain(table, key, held);
  expect([table.waitingCount, table.waiting.reduce((sum, n) => sum + n, 0)]).toEqual([0, 0]);
});

function drain(table: Neighbours, address: number, queue: number[]): void {
  for (const number of queue.splice(0)) expect(table.shift(table.find(address))).toBe(number);
}

test('has no more than 4096 addresses and 1024 frames', () => {
  const table = new Neighbours();
  for (let i = 0; i < 4096; i++) expect(table.add(i)).toBe(i);
  expect(table.add(5000)).toBe(-1);
  table.remove(7);
  expect([table.add(5000), table.find(5000), table.find(7)]).toEqual([7, 7, -1]);
  for (let i = 0; i < 1024; i++) expect(table.push(i % 2, frame(i))).toBe(true);
  expect(table.push(2, frame(9999))).toBe(false);
  expect([table.shift(0), table.push(2, frame(9999)), table.shift(2)]).toEqual([0, true, 9999]);
});
