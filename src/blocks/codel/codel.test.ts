import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Bench } from '../../testing/departures.js';
import { ethernetFrame } from '../../testing/frames.js';
import { seededRandom } from '../../testing/random.js';
import type { Codel } from './codel.js';

const TARGET = 5000;
const INTERVAL = 100_000;

interface Step {
  readonly at: number;
  readonly sojourn: number;
  readonly drops: number;
}

/** Frames of 1000 bytes every `gap` microseconds into a server that takes 1000 of them a second; what each step shows. */
function load(
  gap: (i: number) => number,
  frames: number,
  config: Record<string, unknown> = {},
): { t: Bench; steps: Step[] } {
  const t = new Bench('codel', { rate: '1MB', ...config });
  const steps: Step[] = [];
  const look = () => {
    const drops = t.drops()['too-old'] ?? 0;
    steps.push({ at: t.now, sojourn: t.node.block<Codel>('x').sojourn, drops });
  };
  let due = 0;
  for (let i = 0; i < frames; i++) {
    t.send({ length: 1000, number: i });
    look();
    due += gap(i);
    // Up to each departure on the way, to see drops when they happen.
    while (t.node.engine.dueAt() - 1_000_000 <= due) {
      t.node.elapse(Math.max(0, t.node.engine.dueAt() - 1_000_000 - t.now));
      look();
    }
    t.node.elapse(due - t.now);
  }
  return { t, steps };
}

/** When each drop happened. */
function dropTimes(steps: readonly Step[]): number[] {
  return steps.flatMap(({ at, drops }, i) => new Array<number>(drops - (steps[i - 1]?.drops ?? 0)).fill(at));
}

/** A sender with a window that grows by one a round trip (at first doubles) and halves when a frame is lost. */
function windowed(micros: number, roundTrip: number): { t: Bench; sojourns: number[] } {
  const t = new Bench('codel', { rate: '1MB' });
  const sojourns: number[] = [];
  const acks: number[] = [];
  const losses: number[] = [];
  let [window, threshold, flying, seen, lost, spared] = [2, Number.POSITIVE_INFINITY, 0, 0, 0, 0];
  while (t.now < micros) {
    for (; seen < t.out().length; seen++) acks.push(t.out()[seen].at + roundTrip);
    const dropped = t.drops()['too-old'] ?? 0;
    for (; lost < dropped; lost++) losses.push(t.now + roundTrip);
    for (; acks[0] <= t.now; flying--) {
      acks.shift();
      window += window < threshold ? 1 : 1 / window;
    }
    for (; losses[0] <= t.now; flying--) {
      losses.shift();
      if (t.now < spared) continue;
      window = Math.max(2, window / 2);
      threshold = window;
      spared = t.now + roundTrip;
    }
    for (; flying < Math.floor(window); flying++) t.send({ length: 1000 });
    t.node.elapse(500);
    sojourns.push(t.node.block<Codel>('x').sojourn);
  }
  return { t, sojourns };
}

describe('against RFC 8289', () => {
  const overload = load(() => 800, 3000);

  test('no drop before the time in the queue has been above the target for an interval', () => {
    const above = overload.steps.find(({ sojourn }) => sojourn >= TARGET) as Step;
    const [first] = dropTimes(overload.steps);
    expect(first).toBeGreaterThanOrEqual(above.at + INTERVAL);
    expect(first).toBeLessThanOrEqual(above.at + INTERVAL + 1000); // the next departure
  });

  test('drops follow the control law: the next is due interval / sqrt(count) after the one before was', () => {
    const times = dropTimes(overload.steps);
    expect(times.length).toBeGreaterThan(100);
    let due = times[0];
    for (const [i, time] of times.entries()) {
      expect(time).toBeGreaterThanOrEqual(due - 0.01);
      expect(time).toBeLessThanOrEqual(due + 1000.01); // at the next departure
      due += INTERVAL / Math.sqrt(i + 1);
    }
  });

  test('under a load that does not give way, drops become more frequent until the queue is below the target', () => {
    const { t, steps } = load(() => 900, 10_000);
    const worst = Math.max(...steps.map(({ sojourn }) => sojourn));
    expect(worst).toBeGreaterThan(20 * TARGET);
    const reached = steps.findIndex(({ sojourn, drops }) => drops > 0 && sojourn < TARGET);
    expect(reached).toBeGreaterThan(0);
    expect(Math.max(...steps.slice(reached).map(({ sojourn }) => sojourn))).toBeLessThan(worst);
    // 11 % too much came; about as much is dropped.
    expect(Math.abs((t.drops()['too-old'] ?? 0) / 10_000 - 0.1)).toBeLessThan(0.015);
    expect(accountFaults(t.node.engine)).toEqual([]);
  });

  test('with a sender that gives way as TCP does the time in the queue settles at the target, the link stays busy', () => {
    const { t, sojourns } = windowed(20_000_000, 50_000);
    const worst = Math.max(...sojourns);
    const settled = sojourns.slice(sojourns.length >> 2).sort((x, y) => x - y);
    expect(worst).toBeGreaterThan(8 * TARGET);
    expect(settled[settled.length >> 1]).toBeLessThan(TARGET);
    expect(settled[Math.floor(settled.length * 0.95)]).toBeLessThan(3 * TARGET);
    expect(t.out().length).toBeGreaterThan(0.8 * 20_000);
    expect(t.drops()['too-old']).toBeGreaterThan(5);
  });

  test('no drops while frames stay for less than the target', () => {
    const random = seededRandom(6);
    const { t, steps } = load(() => 600 + (random() % 1000), 5000);
    const worst = Math.max(...steps.map(({ sojourn }) => sojourn));
    expect(worst).toBeGreaterThan(2000);
    expect([worst < TARGET + 1, t.drops(), t.waiting < 5]).toEqual([true, {}, true]);
  });

  test('a burst that is gone within an interval loses nothing', () => {
    const { t, steps } = load((i) => (i % 90 === 89 ? 150_000 : 0), 900);
    expect(Math.max(...steps.map(({ sojourn }) => sojourn))).toBeGreaterThan(10 * TARGET);
    expect(t.drops()).toEqual({});
  });

  test('a queue of no more than one frame is none, however slow the link', () => {
    const t = new Bench('codel', { rate: 1000 });
    t.send({ length: 1000 });
    t.send({ length: 1000 });
    for (let i = 0; i < 20; i++) {
      t.send({ length: 1000 });
      t.node.elapse(1_000_000);
    }
    expect(t.node.block<Codel>('x').sojourn).toBe(2_000_000);
    expect(t.drops()).toEqual({});
  });

  test('when it has to drop again soon, it goes on at the rate that it had', () => {
    // Overload, a pause that ends it, overload again.
    const { steps } = load((i) => (i === 3000 ? 1_200_000 : 800), 5000);
    const times = dropTimes(steps);
    const pause = 3000 * 800;
    const again = times.filter((time) => time > pause + 1_000_000);
    expect(again.length).toBeGreaterThan(2);
    expect(again[1] - again[0]).toBeLessThan(INTERVAL / 4);
  });
});

test('marks ECN-capable packets instead', () => {
  const packet = (ecn: number) =>
    ethernetFrame({ payload: Uint8Array.of(0x45, ecn, 3, 242, ...new Uint8Array(982)) });
  const outcome = [1, 0].map((ecn) => {
    const t = new Bench('codel', { rate: '1MB', ecn: true });
    for (let i = 0; i < 800; i++) {
      t.send({ bytes: packet(ecn) });
      t.node.elapse(700);
    }
    const { marked } = t.node.block<Codel>('x');
    return { marked, dropped: t.drops()['too-old'] ?? 0 };
  });
  expect(outcome[0].dropped).toBe(0);
  expect(outcome[0].marked).toBeGreaterThan(5);
  expect(outcome[1].marked).toBe(0);
  expect(outcome[1].dropped).toBeGreaterThan(5);
});

test('the queue has a limit; what waits when the block goes is counted', () => {
  const t = new Bench('codel', { rate: 1, limit: 3 });
  for (let i = 0; i < 6; i++) t.send();
  t.node.act({ do: 'rm', name: 'x', mode: 'force' });
  expect(t.node.drops()).toEqual({ 'x full': 2, 'x closed': 3 });
  expect(accountFaults(t.node.engine)).toEqual([]);
});
