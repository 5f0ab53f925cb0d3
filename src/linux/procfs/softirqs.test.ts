import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseSoftirqs } from './softirqs.js';

test('Linux 6.18', () => {
  const { rx, tx } = parseSoftirqs(`                    CPU0       CPU1       
          HI:          0          0
      NET_TX:       7041       7145
      NET_RX: 1038928143  145813634
       BLOCK:          0     465522
`);
  expect(Object.fromEntries(rx)).toEqual({ 0: 1038928143, 1: 145813634 });
  expect(Object.fromEntries(tx)).toEqual({ 0: 7041, 1: 7145 });
});

test('CPUs that are numbered with gaps, short rows, and figures that touch the colon', () => {
  const { rx, tx } = parseSoftirqs('   CPU0 CPU2 CPU130\nNET_RX:1 2 3 4\nNET_TX: 5\n');
  expect(Object.fromEntries(rx)).toEqual({ 0: 1, 2: 2, 130: 3 });
  expect(Object.fromEntries(tx)).toEqual({ 0: 5 });
});

test('a kernel without these rows', () => {
  for (const text of ['', 'CPU0\n', 'CPU0\nTIMER: 5\nNET_RX:\n']) {
    expect(parseSoftirqs(text)).toEqual({ rx: new Map(), tx: new Map() });
  }
});

test('any text gives counts', () => {
  const counts = property(string({ unit: 'binary' }), (noise) => {
    for (const count of parseSoftirqs(`CPU0 CPU1 ${noise}\nNET_RX: 1 ${noise}\n`).rx.values()) {
      expect(count).toBeGreaterThanOrEqual(0);
    }
  });
  assert(counts, { seed: 4, numRuns: 100 });
});
