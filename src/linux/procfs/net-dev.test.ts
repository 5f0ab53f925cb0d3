import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseNetDev } from './net-dev.js';

const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

test('Linux 6.18: each figure from its column', () => {
  const text = `${HEAD}    lo: 22894351   47260    0    0    0     0          0         0 22894351   47260    0    0    0     0       0          0
  eth0:       1       2    3    4    5     6          7         8        9      10   11   12   13    14      15         16
`;
  const devices = parseNetDev(text);
  expect([...devices.keys()]).toEqual(['lo', 'eth0']);
  expect(devices.get('eth0')).toEqual({
    rxBytes: 1,
    rxPackets: 2,
    rxErrors: 3,
    rxDrops: 4,
    txBytes: 9,
    txPackets: 10,
    txErrors: 11,
    txDrops: 12,
  });
});

test('a long name, and figures that follow the colon without a space (2.6)', () => {
  const text = `${HEAD}veth12345678901:12345 6 0 0 0 0 0 0 789 10 0 0 0 0 0 0
  eth0:4294967295  99999999    0    0    0     0          0         0 18446744073709551615 1 0 0 0 0 0 0`;
  expect(parseNetDev(text).get('veth12345678901')).toMatchObject({
    rxBytes: 12345,
    rxPackets: 6,
    txBytes: 789,
  });
  expect(parseNetDev(text).get('eth0')).toMatchObject({ rxBytes: 4294967295, txBytes: 2 ** 64 });
});

test('an alias of old kernels has a colon in its name; names need not be ASCII', () => {
  const row = ':0 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0';
  expect([...parseNetDev(`eth0:1${row}\n näme${row}\n`).keys()]).toEqual(['eth0:1', 'näme']);
});

test.each([
  '',
  HEAD,
  'eth0: 1 2 3',
  'eth0: 1 2 3 4 5 6 7 8 9 10 11 x',
  ': 1 2 3 4 5 6 7 8 9 10 11 12',
])('%j has no device', (text) => {
  expect(parseNetDev(text).size).toBe(0);
});

test('any text gives counts or nothing', () => {
  const figures = property(string({ unit: 'binary' }), string(), (noise, name) => {
    for (const text of [noise, `${name}: 1 2 3 4 5 6 7 8 9 10 11 12 ${noise}`]) {
      for (const counters of parseNetDev(text).values()) {
        for (const value of Object.values(counters)) expect(value).toBeGreaterThanOrEqual(0);
      }
    }
  });
  assert(figures, { seed: 4, numRuns: 100 });
});
