import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFaults } from '../testing/account.js';
import { testBlocks } from '../testing/blocks.js';
import { type ActionInput, makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, taggedFrame } from '../testing/frames.js';
import { anyAction, anyGraph, build, possible } from '../testing/random-graph.js';

type Step =
  | {
      readonly what: 'inject';
      readonly at: number;
      readonly times: number;
      readonly direction: 0 | 1;
      readonly bytes: Uint8Array;
    }
  | { readonly what: 'arrive'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly what: 'cable'; readonly at: number; readonly state: 'down' | 'up' | 'remove' }
  | { readonly what: 'take'; readonly at: number }
  | { readonly what: 'retie'; readonly actions: ActionInput[] };

const frame = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.nat(3).map((id) => taggedFrame(id)),
  fc.constantFrom(ethernetFrame(), ethernetFrame({ type: 0x0806 }), ethernetFrame({ length: 600 })),
);
const place = fc.nat(20);
const direction = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('inject' as const),
      at: place,
      times: fc.nat(8),
      direction,
      bytes: frame,
    }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('arrive' as const), at: place, bytes: frame }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('take' as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('cable' as const),
      at: place,
      state: fc.constantFrom('down' as const, 'up' as const, 'remove' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('retie' as const),
      actions: fc.array(anyAction(), { maxLength: 6 }),
    }),
  },
);

function take<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(1, list.length)];
}

function run(node: TestEngine, now: Step): void {
  if (now.what === 'retie') {
    node.act(...possible(node, now.actions));
  } else if (now.what === 'inject') {
    const block = take(node.engine.registry.all(), now.at);
    for (let i = 0; block && i < now.times; i++) node.inject(block.name, now.direction, now.bytes);
  } else {
    const end = take(node.links.live(), now.at);
    if (now.what === 'arrive') end?.inject(now.bytes);
    if (now.what === 'take') end?.take();
    if (now.what === 'cable') end?.link[now.state]();
    node.engine.turn();
  }
}

test('in + created = out + consumed + dropped + held, at every moment, and the pool is whole at the end', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyGraph(), fc.array(step, { minLength: 15, maxLength: 40 }), (graph, steps) => {
      const node = makeEngine({ types: testBlocks, pool: { size: 3, slotSize: 512, headroom: 64 } });
      build(node, graph);
      for (const now of steps) {
        run(node, now);
        expect(accountFaults(node.engine), JSON.stringify(now)).toEqual([]);
      }
      for (const line of node.engine.drops()) seen.add(line.reason);
      node.engine.close();
      expect(accountFaults(node.engine)).toEqual([]);
      expect(node.engine.pool.free).toBe(node.engine.pool.size);
      expect(node.lines.filter((line) => line.includes('error in close'))).toEqual([]);
    }),
    { seed: 20, numRuns: 300 },
  );
  // The graphs are no trivial ones: frames came to all these ends.
  const ends = [
    'hop-limit',
    'pool-empty',
    'unbound-port',
    'queue-full',
    'link-down',
    'block-error',
    'too-long',
    'filtered',
  ];
  expect([...seen]).toEqual(expect.arrayContaining([...ends, 'too-short', 'wrong-tag', 'no-headroom']));
});
