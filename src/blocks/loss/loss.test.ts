import { expect, test } from 'vitest';
import { Bench } from '../../testing/departures.js';

/** Which of so many frames were lost. */
function losses(config: Record<string, unknown>, frames = 20_000): boolean[] {
  const t = new Bench('loss', { seed: 1, ...config }, 4);
  const list = Array.from({ length: frames }, () => {
    const before = t.out().length;
    t.send();
    return t.out().length === before;
  });
  const lost = list.filter(Boolean).length;
  expect(t.node.block('x')).toMatchObject({ packets: frames - lost, lost });
  expect(t.drops().lost ?? 0).toBe(lost);
  return list;
}

const share = (list: boolean[]) => list.filter(Boolean).length / list.length;
const runs = (list: boolean[]) =>
  list
    .map((one) => (one ? 'x' : ' '))
    .join('')
    .split(/ +/)
    .filter((run) => run !== '')
    .map((run) => run.length);

test('loses its share, each frame by itself', () => {
  for (const probability of [0, 0.01, 0.3, 1]) {
    const deviation = Math.sqrt((probability * (1 - probability)) / 20_000);
    expect(Math.abs(share(losses({ probability })) - probability)).toBeLessThanOrEqual(4 * deviation);
  }
  const lengths = runs(losses({ probability: 0.3 }));
  expect(lengths.reduce((a, b) => a + b, 0) / lengths.length).toBeCloseTo(1 / 0.7, 1);
});

test('in bursts: the share and the mean length of the Gilbert-Elliott model', () => {
  const list = losses({ probability: 0, burstStart: 0.01, burstEnd: 0.2 }, 50_000);
  // In the bad state for p / (p + r) of the time, 1 / r frames on average.
  expect(Math.abs(share(list) - 0.01 / 0.21)).toBeLessThan(0.008);
  const lengths = runs(list);
  expect(Math.abs(lengths.reduce((a, b) => a + b, 0) / lengths.length - 5)).toBeLessThan(0.5);
  const partly = losses({ probability: 0.02, burstStart: 0.05, burstEnd: 0.1, burstLoss: 0.5 }, 50_000);
  expect(Math.abs(share(partly) - (0.02 * 2 + 0.5) / 3)).toBeLessThan(0.015);
});

test('the same seed, the same losses; a rehearsed change of it changes nothing', () => {
  expect(losses({ probability: 0.5 }, 200)).toEqual(losses({ probability: 0.5 }, 200));
  expect(losses({ probability: 0.5 }, 200)).not.toEqual(losses({ probability: 0.5, seed: 2 }, 200));
  const [a, b] = [0, 1].map(() => new Bench('loss', { probability: 0.5, seed: 1 }));
  for (let i = 0; i < 100; i++) {
    if (i === 50) {
      b.node.engine.rehearse((changes) =>
        b.node.engine.lifecycle.configure(b.node.get('x'), { seed: 9 }, changes),
      );
    }
    a.send({ number: i });
    b.send({ number: i });
  }
  expect(b.numbers()).toEqual(a.numbers());
});

test('without a seed the node’s randomness gives one', () => {
  const t = new Bench('loss', { probability: 0.5 });
  for (let i = 0; i < 200; i++) t.send();
  expect(t.out().length).toBeGreaterThan(60);
  expect(t.out().length).toBeLessThan(140);
});
