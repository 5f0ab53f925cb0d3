import { describe, expect, test } from 'vitest';
import { NewReno } from '../../stack/tcp/congestion/new-reno.js';
import { defaultTcpSettings, type TcpSettings } from '../../stack/tcp/settings.js';
import { bottleneck, receiverAddress } from './bottleneck.js';
import { BulkFlow, measure } from './bulk.js';
import { Network } from './network.js';

const SECOND = 1_000_000;
/** 20 Mbit/s, 20 ms there and back, and a queue of as much as fills the path. */
const RATE = 2_500_000;
const PATH = { rate: RATE, delay: 10_000, queue: 50_000 };
const reno: TcpSettings = { ...defaultTcpSettings, congestion: (segment) => new NewReno(segment) };
const long = process.env.QUIPU_LONG === '1';
const seeds = long ? [1, 2, 3, 4, 5, 6, 7, 8] : [4];
const lasts = (long ? 300 : 60) * SECOND;

/** Shares of two flows, the second begun later; and how much of the wire they used together. */
function share(seed: number, second: TcpSettings, later: number) {
  const network = new Network(seed);
  const { senders, receiver } = bottleneck(network, 2, PATH);
  const to = receiverAddress(2);
  const flows = [new BulkFlow(senders[0], receiver, to, 1)];
  network.run(later);
  flows.push(new BulkFlow(senders[1], receiver, to, 2, second));
  network.run(20 * SECOND);
  const [a, b] = measure(network, flows, lasts);
  return { second: b / (a + b), used: (a + b) / ((RATE * lasts) / SECOND) };
}

describe('two CUBIC flows over one bottleneck', () => {
  test.each(seeds)('that begin together share it within 10 %: seed %i', (seed) => {
    const { second, used } = share(seed, defaultTcpSettings, 0);
    expect(Math.abs(second - 0.5)).toBeLessThan(0.05);
    expect(used).toBeGreaterThan(0.9);
  });

  test.each(seeds)('of which one begins 10 s later share it within 10 %: seed %i', (seed) => {
    const { second, used } = share(seed, defaultTcpSettings, 10 * SECOND);
    expect(Math.abs(second - 0.5)).toBeLessThan(0.05);
    expect(used).toBeGreaterThan(0.9);
  });
});

test('CUBIC beside NewReno on a short path: CUBIC takes no less than NewReno, and starves it not', () => {
  const { second, used } = share(1, reno, 0);
  expect(second).toBeLessThan(0.55);
  expect(second).toBeGreaterThan(0.2);
  expect(used).toBeGreaterThan(0.9);
});
