import { expect, test } from 'vitest';
import { Experience } from './experience.js';
import type { Network } from './network.js';
import { failedSeeds } from './seeds.js';
import { badTransfer } from './transfer.js';

const LONG = process.env.QUIPU_LONG === '1';
const seeds = LONG ? 10_000 : 100;

test(
  `${seeds} transfers between hosts over bad wires: every stream arrives exact, or its end hears of an error; nothing is left`,
  () => {
    const range = Array.from({ length: seeds }, (_, i) => i + 1);
    const experience = new Experience();
    const transfer = (network: Network, seed: number): string[] => {
      const over = experience.watch(network);
      const faults = badTransfer(network, seed);
      over();
      return faults;
    };
    expect(failedSeeds(range, 'transfer', transfer)).toEqual([]);
    // They have been through what they are there for.
    expect(experience.mostLoss).toBeGreaterThanOrEqual(0.19);
    expect(experience.mostLoss).toBeLessThanOrEqual(0.2);
    const least = {
      lost: 50,
      doubled: 30,
      'held-back': 30,
      corrupted: 20,
      cut: 15,
      'zero-window': 10,
      'closed-at-once': 4,
    };
    for (const [what, share] of Object.entries(least)) {
      const times = Reflect.get(experience.happened, what) ?? 0;
      expect((100 * times) / seeds, what).toBeGreaterThanOrEqual(share);
    }
  },
  LONG ? 900_000 : 60_000,
);
