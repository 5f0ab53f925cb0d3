import { assert, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceCounters } from '../../linux/procfs/net-dev.js';
import { noCounters } from '../../testing/proc-samples.js';
import { counted32, countedOf, countersSince, perSecond, ratesOf, sharesOf, ticksSpent } from './counting.js';

describe('what a device has counted', () => {
  const before: DeviceCounters = {
    ...noCounters,
    rxBytes: 2 ** 32 - 1000,
    rxPackets: 5000,
    txBytes: 70,
    txPackets: 1,
  };

  test('is the difference', () => {
    const now = { ...before, rxBytes: 2 ** 32 + 500, rxPackets: 5003, rxDrops: 4, txErrors: 2 };
    expect(countedOf(before, now)).toEqual({
      ...noCounters,
      rxBytes: 1500,
      rxPackets: 3,
      rxDrops: 4,
      txErrors: 2,
    });
  });

  test('goes on where a counter of 32 bits has turned over', () => {
    expect(countedOf(before, { ...before, rxBytes: 500, rxPackets: 5003 })).toMatchObject({
      rxBytes: 1500,
      rxPackets: 3,
    });
  });

  test.each<[string, Partial<DeviceCounters>]>([
    ['no packet came for the bytes', { rxBytes: 500 }],
    ['they are too many for the packets', { rxBytes: 2 ** 31, rxPackets: 5003 }],
    ['packets went back too', { rxBytes: 500, rxPackets: 3 }],
    ['drops went back', { rxDrops: 0 }],
    ['it was no counter of 32 bits', { txBytes: 100, txPackets: 5 }],
  ])('is not known when %s', (_, change) => {
    const from = { ...before, rxDrops: 1, txBytes: 2 ** 40 };
    expect(countedOf(from, from)).toEqual(noCounters);
    expect(countedOf(from, { ...from, ...change })).toBeNull();
  });

  test('is never negative', () => {
    const counters = record({
      rxBytes: nat(),
      rxPackets: nat(9),
      rxErrors: nat(9),
      rxDrops: nat(9),
      txBytes: nat(),
      txPackets: nat(9),
      txErrors: nat(9),
      txDrops: nat(9),
    });
    const neverNegative = property(counters, counters, (from, now) => {
      const values = Object.values(countedOf(from, now) ?? {});
      if (values.some((value) => value < 0)) throw new Error('negative');
    });
    assert(neverNegative, { seed: 4, numRuns: 1000 });
  });
});

test.each([
  [5, 9, 4],
  [5, 5, 0],
  [2 ** 32 - 1, 2, 3],
  [5000, 10, null],
  [2 ** 33, 1, null],
])('a counter of 32 bits, %d and then %d: %s', (before, now, counted) => {
  expect(counted32(before, now)).toBe(counted);
});

test('rates are over the time that has really gone by', () => {
  expect(perSecond(50, 250)).toBe(200);
  expect(perSecond(50, 0)).toBe(0);
  expect(ratesOf({ ...noCounters, rxPackets: 30, txDrops: 1 }, 10_000)).toEqual({
    ...noCounters,
    rxPackets: 3,
    txDrops: 0.1,
  });
});

test('totals since another moment', () => {
  const from = { ...noCounters, rxBytes: 100, txBytes: 50 };
  expect(countersSince(from, { ...noCounters, rxBytes: 150, txBytes: 40 })).toEqual({
    ...noCounters,
    rxBytes: 50,
  });
});

test('the shares of a CPU add up, with idle time that went back a tick', () => {
  const before = { user: 10, nice: 0, system: 5, idle: 100, iowait: 9, irq: 0, softirq: 2, steal: 1 };
  const now = { user: 20, nice: 10, system: 15, idle: 150, iowait: 8, irq: 5, softirq: 7, steal: 11 };
  const spent = ticksSpent(before, now);
  expect(spent).toMatchObject({ user: 10, idle: 50, iowait: 0 });
  expect(sharesOf(spent)).toEqual({ usr: 20, sys: 10, intr: 10, idl: 50, iow: 0, stl: 10 });
  expect(sharesOf(ticksSpent(now, now))).toEqual({ usr: 0, sys: 0, intr: 0, idl: 0, iow: 0, stl: 0 });
});
