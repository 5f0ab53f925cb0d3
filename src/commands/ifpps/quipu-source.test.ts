import { expect, test } from 'vitest';
import type { BlockView } from '../../control/views.js';
import { linkReasons } from '../../engine/reasons.js';
import { linkCounters } from './quipu-source.js';

const link = {
  kind: 'af-packet',
  target: 'eth0',
  state: 'up',
  framesIn: 9,
  bytesIn: 540,
  framesOut: 7,
  bytesOut: 420,
  waiting: 0,
};
const dropsOf = (...reasons: string[]) =>
  reasons.map((reason, i) => ({ block: 'eth0', reason, text: '', count: 10 ** i }));
const view = (change: Partial<BlockView>) =>
  ({ name: 'eth0', links: [link], drops: [], ...change }) as unknown as BlockView;

test('a link is named like its block, and has the block’s drops in its columns', () => {
  const drops = dropsOf('ring-loss', 'queue-full', 'send-refused', 'malformed', 'unbound-port', 'link-down');
  expect(Object.fromEntries(linkCounters([view({ drops }), view({ name: 'tee', links: [] })]))).toEqual({
    eth0: {
      rxBytes: 540,
      rxPackets: 9,
      rxErrors: 1000,
      rxDrops: 10001,
      txBytes: 420,
      txPackets: 7,
      txErrors: 100,
      txDrops: 100010,
    },
  });
});

test('of several links of a block the first has its drops', () => {
  const links = [link, { ...link, target: 'eth1' }];
  const counters = linkCounters([view({ links, drops: dropsOf('ring-loss') })]);
  expect([...counters.keys()]).toEqual(['eth0:eth0', 'eth0:eth1']);
  expect([...counters.values()].map(({ rxDrops }) => rxDrops)).toEqual([1, 0]);
});

test('no drop is left out', () => {
  const reasons = Object.keys(linkReasons);
  const [counters] = linkCounters([view({ drops: dropsOf(...reasons) })]).values();
  const { rxDrops, rxErrors, txDrops, txErrors } = counters;
  expect(rxDrops + rxErrors + txDrops + txErrors).toBe(Number('1'.repeat(reasons.length)));
});
