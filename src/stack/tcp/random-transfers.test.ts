import { expect, test } from 'vitest';
import { planTransfer, runTransfer } from '../../testing/random-transfer.js';

const seeds = process.env.QUIPU_LONG === '1' ? 10_000 : 200;

test(`${seeds} seeds of the simulated network: every stream arrives exact, or its end hears of an error; nothing is left`, () => {
  const failed: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const faults = runTransfer(planTransfer(seed));
    if (faults.length > 0) failed.push(`seed ${seed}: ${faults.join('; ')}`);
  }
  expect(failed).toEqual([]);
});
