import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench, type Departure } from '../../testing/departures.js';
import { ethernetFrame } from '../../testing/frames.js';
import { seededRandom } from '../../testing/random.js';

/** The most by which two flows' shares (bytes by weight) differ over any stretch of the departures. */
function unfairness(
  departures: readonly Departure[],
  a: number,
  b: number,
  weightA = 1,
  weightB = 1,
): number {
  let difference = 0;
  let least = 0;
  let most = 0;
  for (const { mark, length } of departures) {
    if (mark === a) difference += length / weightA;
    if (mark === b) difference -= length / weightB;
    least = Math.min(least, difference);
    most = Math.max(most, difference);
  }
  return most - least;
}

/** Departures for as long as every one of the flows had frames waiting. */
function whileAllWait(t: Bench, perFlow: Record<number, number>): Departure[] {
  const left = { ...perFlow };
  const end = t.out().findIndex(({ mark }) => --left[mark] === 0);
  return t.out().slice(0, end);
}

describe('fair between flows that always have frames waiting', () => {
  const QUANTUM = 1500;

  test('frames of one size: within one quantum over any stretch of time', () => {
    const t = new Bench('drr', { rate: '1MB', by: 'mark', queues: 4, quantum: QUANTUM, limit: 2000 });
    const lengths = [1500, 750, 250, 125];
    for (let i = 0; i < 300; i++)
      for (let mark = 0; mark < 4; mark++) t.send({ mark, length: lengths[mark] });
    t.node.elapse(1_000_000);
    const all = whileAllWait(t, { 0: 300, 1: 300, 2: 300, 3: 300 });
    expect(all.length).toBeGreaterThan(500);
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < a; b++) expect(unfairness(all, a, b)).toBeLessThanOrEqual(QUANTUM);
  });

  test('frames of random sizes: within a quantum and two frames over any stretch, one frame at the end of rounds', () => {
    const random = seededRandom(9);
    const most = 1400;
    const t = new Bench('drr', {
      rate: '1MB',
      by: 'mark',
      queues: 4,
      quantum: QUANTUM,
      weights: '1,1,2,3',
      limit: 2000,
    });
    const weights = [1, 1, 2, 3];
    for (let i = 0; i < 450; i++)
      for (let mark = 0; mark < 4; mark++) t.send({ mark, length: 64 + (random() % (most - 63)) });
    t.node.elapse(1_000_000);
    const all = whileAllWait(t, { 0: 450, 1: 450, 2: 450, 3: 450 });
    expect(all.length).toBeGreaterThan(800);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) {
        // The paper's theorem 2: FM <= 2 Max + Quantum.
        expect(unfairness(all, a, b, weights[a], weights[b])).toBeLessThanOrEqual(QUANTUM + 2 * most);
      }
    }
    // Its lemma 2: after m rounds a flow has sent m quanta but for what is left of its deficit, less than a frame.
    const rounds = all.findLastIndex(({ mark }, i) => mark === 3 && all[i + 1]?.mark === 0);
    const m = all.slice(0, rounds + 1).filter(({ mark }, i) => mark === 0 && all[i - 1]?.mark !== 0).length;
    for (let flow = 0; flow < 4; flow++) {
      const sent = all
        .slice(0, rounds + 1)
        .reduce((sum, one) => sum + (one.mark === flow ? one.length : 0), 0);
      const short = m * QUANTUM * weights[flow] - sent;
      expect(short).toBeGreaterThanOrEqual(0);
      expect(short).toBeLessThan(most);
    }
  });
});

test('a flow that sends little is served at once, one that sends much fills the rest', () => {
  const t = new Bench('drr', { rate: '1MB', by: 'mark', queues: 8, quantum: 500 });
  for (let i = 0; i < 900; i++) t.send({ mark: 1, length: 500 });
  t.node.elapse(100_000);
  t.send({ mark: 2, length: 500 });
  t.node.elapse(1500);
  expect(t.out().at(-1)).toMatchObject({ mark: expect.any(Number) });
  expect(
    t
      .out()
      .filter((one) => one.mark === 2)
      .map((one) => one.at),
  ).toEqual([100_500]);
});

test('what a queue has left of its quantum when it runs empty is lost', () => {
  const t = new Bench('drr', { rate: '1MB', by: 'mark', queues: 2, quantum: 1500 });
  for (let i = 0; i < 500; i++) t.send({ mark: 0, length: 500 });
  for (let i = 0; i < 20; i++) {
    t.send({ mark: 1, length: 100 });
    t.node.elapse(5000);
  }
  const before = t.out().length;
  for (let i = 0; i < 60; i++) t.send({ mark: 1, length: 500 });
  t.node.elapse(30_000);
  expect(unfairness(t.out().slice(before), 0, 1)).toBeLessThanOrEqual(1500);
});

test('frames longer than a quantum are served in later rounds', () => {
  const t = new Bench('drr', { rate: '1MB', by: 'mark', queues: 2, quantum: 256 });
  t.send({ mark: 0, length: 60 });
  for (let i = 0; i < 4; i++) t.send({ mark: 0, length: 1024 });
  for (let i = 0; i < 16; i++) t.send({ mark: 1, length: 256 });
  t.node.elapse(1_000_000);
  // Four of the short ones have gone before each of the long ones; the first round is under way as they come.
  expect(t.out().map((one) => one.length)).toEqual([
    60,
    ...[1, 2, 3, 4].flatMap(() => [256, 256, 256, 1024, 256]),
  ]);
});

test('flows are told apart by addresses and ports, by code point or by mark', () => {
  const udp = (port: number, tos = 0) =>
    ethernetFrame({
      payload: Uint8Array.of(
        0x45,
        tos,
        0,
        40,
        0,
        0,
        0,
        0,
        9,
        17,
        0,
        0,
        10,
        0,
        0,
        1,
        10,
        0,
        0,
        2,
        port,
        port,
        0,
        9,
        ...new Uint8Array(16),
      ),
    });
  const inUse = (by: string, frames: { bytes: Uint8Array; mark?: number }[]) => {
    const t = new Bench('drr', { rate: 1000, by, queues: 64 });
    t.send();
    for (const one of [...frames, ...frames]) t.send(one);
    return t.node.block('x').details?.().queuesInUse;
  };
  expect(
    inUse(
      'flow',
      [1, 2, 3, 4, 5].map((port) => ({ bytes: udp(port) })),
    ),
  ).toBe(5);
  expect(
    inUse(
      'dscp',
      [0, 4, 8, 9].map((tos) => ({ bytes: udp(1, tos) })),
    ),
  ).toBe(3);
  expect(
    inUse(
      'mark',
      [0, 1, 65].map((mark) => ({ bytes: udp(1), mark })),
    ),
  ).toBe(2);
  expect(inUse('flow', [{ bytes: new Uint8Array(0) }, { bytes: ethernetFrame({ type: 0x0806 }) }])).toBe(1);
});

test('when too many wait, the longest queue loses its newest frame', () => {
  const t = new Bench('drr', { rate: 1000, by: 'mark', queues: 4, limit: 6 });
  for (let number = 0; number <= 5; number++) t.send({ mark: 0, number });
  for (let number = 10; number <= 13; number++) t.send({ mark: 1, number });
  t.send({ mark: 1, number: 14 }); // now its own queue is the longest
  expect([t.drops(), t.waiting]).toEqual([{ full: 4 }, 6]);
  t.node.elapse(10_000_000);
  expect(t.numbers().filter((n) => n < 10)).toEqual([0, 1, 2, 3]);
  expect(t.numbers().filter((n) => n >= 10)).toEqual([10, 11, 12]);
  expect(accountFaults(t.node.engine)).toEqual([]);
});

test('random traffic: the account is right after every step, and the pool whole at the end', () => {
  const random = seededRandom(12);
  const t = new Bench('drr', { rate: 100_000, by: 'mark', queues: 16, limit: 40 }, 60);
  for (let i = 0; i < 2000; i++) {
    t.send({ mark: random() % 20, length: random() % 1500 });
    if (random() % 3 === 0) t.node.elapse(random() % 9000);
    if (i === 1000) t.node.act({ do: 'set', name: 'x', options: { queues: 4 } });
    if (i === 1500) t.node.act({ do: 'set', name: 'x', options: { queues: 64 } });
    if (i % 100 === 0) expect(accountFaults(t.node.engine)).toEqual([]);
  }
  expect(t.out().length).toBeGreaterThan(500);
  t.node.engine.close();
  expect(t.node.engine.pool.free).toBe(60);
});

test('weights that are none are refused', () => {
  for (const weights of ['', '1,,2', '0', '101', '1.5', '1,2,3', 'a']) {
    expect(() => new Bench('drr', { rate: 1000, queues: 2, weights })).toThrow('x: weights');
  }
});
