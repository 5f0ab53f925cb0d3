import { expect, test } from 'vitest';
import { failedSeeds } from './seeds.js';
import { badTransfer } from './transfer.js';

const seeds = process.env.QUIPU_LONG === '1' ? 10_000 : 100;

test(`${seeds} transfers between hosts over bad wires: every stream arrives exact, or its end hears of an error; nothing is left`, () => {
  const range = Array.from({ length: seeds }, (_, i) => i + 1);
  expect(failedSeeds(range, 'transfer', badTransfer)).toEqual([]);
});
