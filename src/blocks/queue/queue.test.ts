import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench } from '../../testing/departures.js';
import type { Queue } from './queue.js';

test('lets frames wait until the next turn, both ways, in order', () => {
  const t = new Bench('queue', {});
  for (let number = 1; number <= 5; number++) t.send({ number, direction: number === 3 ? 1 : 0 });
  expect([t.waiting, t.out().length]).toEqual([5, 0]);
  t.node.settle();
  expect([t.numbers(0), t.numbers(1)]).toEqual([[1, 2, 4, 5], [3]]);
  expect(t.node.block<Queue>('x')).toMatchObject({ packets: 5, bytes: 500, highwater: 5 });
  expect(t.node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
});

test('lets at most a burst go in one turn', () => {
  const t = new Bench('queue', { burst: 2 });
  for (let number = 1; number <= 5; number++) t.send({ number });
  t.node.engine.turn();
  expect(t.out()).toHaveLength(2);
  t.node.engine.turn();
  expect(t.out()).toHaveLength(4);
  t.node.elapse(0);
  expect(t.numbers()).toEqual([1, 2, 3, 4, 5]);
});

test('drops what finds it full, by frames or by bytes', () => {
  const byFrames = new Bench('queue', { limit: 3 });
  for (let i = 0; i < 5; i++) byFrames.send();
  expect([byFrames.waiting, byFrames.drops()]).toEqual([3, { full: 2 }]);
  const byBytes = new Bench('queue', { limitBytes: 250 });
  for (const length of [100, 100, 100, 50, 1]) byBytes.send({ length });
  expect([byBytes.node.block('x').details?.(), byBytes.drops()]).toEqual([
    { waiting: 3, waitingBytes: 250 },
    { full: 2 },
  ]);
});

test('with a rate each frame takes its time', () => {
  const t = new Bench('queue', { rate: '1MB' });
  for (const length of [1000, 500, 250, 60]) t.send({ length });
  t.node.elapse(10_000);
  expect(t.out().map((one) => one.at)).toEqual([0, 1000, 1500, 1750]);
});

test('a changed rate counts at once, and so does one that comes with a replacement', () => {
  const t = new Bench('queue', { rate: 1 });
  for (let number = 1; number <= 30; number++) t.send({ number });
  t.node.act({ do: 'set', name: 'x', options: { rate: 1000 } });
  t.node.elapse(1_010_000);
  expect(t.out().length).toBeGreaterThan(2);
  t.node.act({ do: 'set', name: 'x', options: { rate: 1 } });
  t.node.elapse(1_000_000);
  const before = t.out().length;
  t.node.act({ do: 'add', name: 'y', type: 'queue', config: { rate: '1MB' } });
  t.node.act({ do: 'replace', old: 'x', new: 'y' });
  t.node.elapse(110_000_000);
  expect([before < 30, t.numbers()]).toEqual([true, Array.from({ length: 30 }, (_, i) => i + 1)]);
  expect(accountFaults(t.node.engine)).toEqual([]);
});

test('what waits when it goes is counted', () => {
  const t = new Bench('queue', {});
  t.send();
  t.send();
  t.node.act({ do: 'rm', name: 'x', mode: 'force' });
  expect(t.node.drops()).toEqual({ 'x closed': 2 });
  expect(accountFaults(t.node.engine)).toEqual([]);
});
