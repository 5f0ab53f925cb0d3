import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench } from '../../testing/departures.js';
import { ethernetFrame } from '../../testing/frames.js';
import { seededRandom } from '../../testing/random.js';
import type { Red } from './red.js';
import { EARLY, earlyProbability, FORCED, RedLaw, type RedParameters } from './red-law.js';

const PAPER: RedParameters = {
  min: 5,
  max: 15,
  probability: 0.02,
  weight: 0.002,
  gentle: false,
  packetMicros: 1000,
};

describe('the law, against the paper', () => {
  test('the average follows equation 1 while frames wait', () => {
    const law = new RedLaw();
    // Section 4, equation 4: after L arrivals in which the queue grew from 0 to L, with weight w.
    const L = 50;
    for (let queue = 1; queue <= L; queue++) law.arrive(queue, 0, PAPER);
    const w = PAPER.weight;
    expect(law.average).toBeCloseTo(L + 1 + ((1 - w) ** (L + 1) - 1) / w, 9);
  });

  test('after an idle time it sinks as if small packets had come', () => {
    const law = new RedLaw();
    law.average = 8;
    law.idleSince = 1_000_000;
    law.arrive(0, 1_000_000 + 500 * PAPER.packetMicros, PAPER);
    expect(law.average).toBeCloseTo(8 * (1 - PAPER.weight) ** 500, 12);
  });

  test('p_b rises from 0 at min to max_p at max; with gentle from there to 1 at twice max', () => {
    const at = (average: number, gentle = false) => earlyProbability(average, { ...PAPER, gentle });
    expect([4.9, 5, 10, 14.999, 15].map((q) => at(q))).toEqual([0, 0, 0.01, expect.closeTo(0.02, 5), 1]);
    expect([15, 22.5, 29.999, 30].map((q) => at(q, true))).toEqual([0.02, 0.51, expect.closeTo(1, 3), 1]);
  });

  test('drops are spread evenly: 1 to 1 / p_b - 1 frames apart, each as likely (figure 2)', () => {
    const random = seededRandom(3);
    const law = new RedLaw();
    law.average = 10; // p_b = 0.01
    const gaps = new Array<number>(100).fill(0);
    let gap = 0;
    law.count = 0;
    for (let i = 0; i < 1_000_000; i++) {
      gap++;
      if (law.decide(random() / 2 ** 32, PAPER) !== EARLY) continue;
      gaps[gap]++;
      gap = 0;
    }
    const drops = gaps.reduce((sum, n) => sum + n, 0);
    expect(Math.abs(drops / 1_000_000 - 2 / 100)).toBeLessThan(0.0005);
    const chiSquare = gaps.slice(1).reduce((sum, n) => sum + (n - drops / 99) ** 2 / (drops / 99), 0);
    expect(chiSquare).toBeLessThan(148); // 98 degrees of freedom, 1 in 1000
  });

  test('at max and above everything goes', () => {
    const law = new RedLaw();
    law.average = 15;
    expect(law.decide(0.999999, PAPER)).toBe(FORCED);
    law.average = 4.99;
    expect([law.decide(0, PAPER), law.count]).toEqual([0, -1]);
  });
});

/**
 * Share of frames that figure 2 of the paper drops at a p_b: the mean distance of two drops is the sum of the chances to
 * get so far, the n-th frame after a drop going with p_a = p_b / (1 - n p_b). About 2 p_b where p_b is small.
 */
function paperShare(p: number): number {
  let mean = 0;
  let alive = 1;
  for (let n = 1; alive > 1e-12; n++) {
    mean += alive;
    alive *= n * p < 1 ? 1 - Math.min(1, p / (1 - n * p)) : 0;
  }
  return 1 / mean;
}

/** Share of frames dropped while the queue, and with weight 1 its average, is always of this length on arrival. */
function measured(queue: number, config: Record<string, unknown>, arrivals = 3000): number {
  const t = new Bench('red', { rate: 100_000, weight: 1, seed: 5, limit: 100, ...config }, 128);
  t.node.act({ do: 'set', name: 'x', options: { min: 90, max: 95 } });
  for (let i = 0; i <= queue; i++) t.send(); // one is on its way
  const { min = 5, max = 15 } = config;
  t.node.act({ do: 'set', name: 'x', options: { min, max } });
  const before = t.drops();
  expect(before).toEqual({});
  let dropped = 0;
  for (let i = 0; i < arrivals; i++) {
    expect(t.waiting).toBe(queue);
    t.send();
    if (t.waiting === queue) dropped++;
    else t.node.elapse(1000); // one leaves
  }
  expect(accountFaults(t.node.engine)).toEqual([]);
  return dropped / arrivals;
}

test('the block drops the share that the paper gives, at every length of the queue', () => {
  expect(paperShare(0.02)).toBeCloseTo(0.04, 9);
  const probability = 0.1;
  for (const queue of [3, 7, 10, 14, 15]) {
    const share = queue < 5 ? 0 : paperShare(earlyProbability(queue, { ...PAPER, probability }));
    expect(Math.abs(measured(queue, { probability }) - share)).toBeLessThan(0.012);
  }
  const gentle = paperShare(earlyProbability(18, { ...PAPER, probability, gentle: true }));
  expect(Math.abs(measured(18, { probability, gentle: true }) - gentle)).toBeLessThan(0.03);
});

test('a long queue that lasts is kept short, a burst is let through', () => {
  const t = new Bench('red', { rate: 1_000_000, seed: 1 });
  for (let i = 0; i < 40; i++) t.send({ length: 1000 });
  t.node.elapse(100_000);
  expect([t.drops(), t.out().length]).toEqual([{}, 40]);
  const random = seededRandom(8);
  for (let i = 0; i < 20_000; i++) {
    t.send({ length: 1000 });
    t.node.elapse(random() % 1600); // a fifth too much
  }
  expect(t.waiting).toBeLessThan(40);
  const { early = 0, forced = 0 } = t.drops();
  expect(early).toBeGreaterThan(50);
  // With max_p at 2 % it takes the upper threshold to keep a load of 125 % down.
  expect((early + forced) / 20_000).toBeGreaterThan(0.18);
  expect((early + forced) / 20_000).toBeLessThan(0.23);
  const average = Number(t.node.block<Red>('x').details().averageQueue);
  expect(average).toBeGreaterThan(12);
  expect(average).toBeLessThan(18);
});

test('while idle the average sinks', () => {
  const t = new Bench('red', { rate: 1_000_000, weight: 0.5, min: 2, max: 50, probability: 0.0001 });
  for (let i = 0; i < 30; i++) t.send({ length: 1000 });
  expect(t.node.block<Red>('x').law.average).toBeGreaterThan(20);
  t.node.elapse(40_000); // empty after 30 ms
  t.send();
  expect(t.node.block<Red>('x').law.average).toBeLessThan(0.1);
});

test('marks ECN-capable packets between the thresholds, drops the others', () => {
  const packet = (ecn: number) =>
    ethernetFrame({ payload: Uint8Array.of(0x45, ecn, 0, 20, ...new Uint8Array(16)) });
  const shares = [2, 0].map((ecn) => {
    const t = new Bench('red', { rate: 1, weight: 1, min: 0, max: 900, probability: 1, ecn: true, seed: 2 });
    for (let i = 0; i < 300; i++) t.send({ bytes: packet(ecn) });
    return { ...t.drops(), marked: t.node.block<Red>('x').marked };
  });
  expect(shares[0].marked).toBeGreaterThan(20);
  expect(shares[0]).toEqual({ marked: shares[0].marked });
  expect(shares[1]).toEqual({ early: expect.any(Number), marked: 0 });
});

test('above the upper threshold it drops them too, also if gentle', () => {
  const bytes = ethernetFrame({ payload: Uint8Array.of(0x45, 1, 0, 20, ...new Uint8Array(16)) });
  const config = {
    rate: 1,
    weight: 1,
    min: 0,
    max: 3,
    gentle: true,
    probability: 0.0001,
    ecn: true,
    seed: 2,
  };
  const t = new Bench('red', config);
  for (let i = 0; i < 50; i++) t.send({ bytes });
  expect(t.node.block<Red>('x').marked).toBe(0);
  expect(t.waiting).toBeLessThanOrEqual(6);
  expect(t.drops()).toEqual({ early: expect.any(Number) });
});

test('the queue has a limit, and thresholds the wrong way round are refused', () => {
  const t = new Bench('red', { rate: 1, limit: 3 });
  for (let i = 0; i < 6; i++) t.send();
  expect(t.drops()).toEqual({ full: 2 });
  expect(() => new Bench('red', { rate: 1, min: 15, max: 15 })).toThrow(
    'x: min (15) must be less than max (15)',
  );
});
