import { expect, test } from 'vitest';
import { EngineGroup } from '../testing/engine-group.js';
import { ethernetFrame } from '../testing/frames.js';
import type { ActionInput } from './actions.js';
import { mergerOf } from './merge-answers.js';
import { mergeBlock, mergeBlocks, mergeDrops, mergeReports, mergeStatus } from './merge-views.js';
import { type RequestInput, requestSchema } from './service.js';
import { showBlock, statusOf } from './views.js';

const link = { kind: 'memory', name: 'in', split: true };

/** Three engines, each with 1, 2 or 3 frames that came in, of which a file takes a copy. */
function loaded(): EngineGroup {
  const node = new EngineGroup({ engines: 3 });
  const actions: ActionInput[] = [
    { do: 'add', name: 'in', type: 'ethernet', config: { link } },
    { do: 'add', name: 'tee', type: 'tee' },
    { do: 'add', name: 'file', type: 'ethernet', config: { link: { kind: 'memory', name: 'file' } } },
    { do: 'add', name: 'wrong', type: 'counter' },
    { do: 'bind', upper: 'tee', lower: 'in' },
    { do: 'connect', from: 'tee', port: 'ingress', to: 'file' },
    { do: 'connect', from: 'tee', port: 'ingress1', to: 'wrong' },
  ];
  node.act(...actions);
  for (const [i, links] of node.links.entries()) {
    for (let n = 0; n <= i; n++) links.end('in').inject(ethernetFrame());
  }
  node.settle();
  return node;
}

test('a status is the account of all engines', () => {
  const node = loaded();
  const parts = node.engines.map(statusOf);
  const { totals, drops, engines, pool, blocks } = mergeStatus(parts);
  expect(totals).toMatchObject({ in: 6, created: 6, out: 6, consumed: 0, dropped: 6, held: 0 });
  expect(drops.map(({ block, reason, count }) => `${block} ${reason} ${count}`)).toEqual([
    'wrong unbound-port 6',
  ]);
  expect(drops[0].sample).toMatch(/^02000000000a/);
  expect(engines.map(({ engine, crossedIn, crossedOut }) => [engine, crossedIn, crossedOut])).toEqual([
    [0, 5, 0],
    [1, 0, 2],
    [2, 0, 3],
  ]);
  expect([pool.size, pool.free, blocks]).toEqual([3 * 256, 3 * 256, 4]);
});

test('a block is what all engines have of it, and what each has', () => {
  const node = loaded();
  const views = (name: string) => node.engines.map((engine) => showBlock(engine, engine.registry.find(name)));
  const into = mergeBlock(views('in'));
  expect(into.counters.received).toBe(6);
  expect(into.links).toHaveLength(1);
  expect(into.links[0]).toMatchObject({ kind: 'memory', framesIn: 6, bytesIn: 360, framesOut: 0 });
  expect(into.engines?.map(({ engine, counters }) => [engine, counters.received])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  const file = mergeBlock(views('file'));
  expect(file.counters.transmitted).toBe(6);
  expect(file.links[0]).toMatchObject({ framesOut: 6 });
  expect(file.engines?.map(({ links, details }) => [links.length, details?.crossed])).toEqual([
    [1, undefined],
    [0, 2],
    [0, 3],
  ]);
  expect('details' in file).toBe(false);
  expect(file.idp).toBe(3);
  const all = mergeBlocks(
    node.engines.map((engine) => engine.registry.all().map((one) => showBlock(engine, one))),
  );
  expect(all.map(({ name }) => name)).toEqual(['in', 'tee', 'file', 'wrong']);
  expect(all[0]).toEqual(into);
});

test('drops are summed by block and reason; a sample is kept if one has it', () => {
  const line = { block: 'a', reason: 'x', text: 't', count: 1 };
  expect(
    mergeDrops([
      [line],
      [
        { ...line, count: 2, sample: '00' },
        { ...line, reason: 'y' },
      ],
    ]),
  ).toEqual([
    { ...line, count: 3, sample: '00' },
    { ...line, reason: 'y' },
  ]);
});

test('a change took as long as in the slowest engine', () => {
  const report = { actions: ['add a counter'], results: [{ idp: 1 }], dryRun: false, micros: 5 };
  expect(mergeReports([report, { ...report, micros: 9 }])).toEqual({ ...report, micros: 9 });
});

test.each<[RequestInput, boolean]>([
  [{ op: 'transaction', actions: [] }, true],
  [{ op: 'transaction', actions: [], dryRun: true }, false],
  [{ op: 'apply', graph: {} }, true],
  [{ op: 'confirm' }, true],
  [{ op: 'rollback' }, true],
  [{ op: 'status' }, true],
  [{ op: 'show', name: 'a' }, true],
  [{ op: 'show-all' }, true],
  [{ op: 'engine' }, true],
  [{ op: 'list' }, false],
  [{ op: 'types' }, false],
  [{ op: 'graph' }, false],
])('%j asks all engines: %s', (request, all) => {
  expect(mergerOf(requestSchema.parse(request)) !== null).toBe(all);
});

test('details are told for each engine, and at the top only where one engine answers', () => {
  const [view] = loaded().engines.map((engine) => showBlock(engine, engine.registry.find('tee')));
  const parts = [1, 2].map((flows) => ({ ...view, details: { flows } }));
  const merged = mergeBlock(parts);
  expect('details' in merged).toBe(false);
  expect(merged.engines?.map(({ details }) => details)).toEqual([{ flows: 1 }, { flows: 2 }]);
  expect(mergeBlock([parts[1]]).details).toEqual({ flows: 2 });
});
