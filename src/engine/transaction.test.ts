import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../testing/account.js';
import { type Holder, type Listener, testBlocks } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { anyAction, anyGraph, build, exercise, possible } from '../testing/random-graph.js';
import { snapshot } from '../testing/snapshot.js';

const many = (maxLength: number) => fc.array(anyAction(), { minLength: 5, maxLength });

/** A node with a random graph through which frames have gone, and random actions that it could do. */
function prepared(before: Parameters<typeof build>[1], wanted: Parameters<typeof build>[1]) {
  const node = makeEngine({ types: testBlocks, pool: { size: 32 } });
  build(node, before);
  exercise(node);
  return { node, actions: possible(node, wanted) };
}

function finish(node: TestEngine): void {
  node.engine.close();
  expect(accountFaults(node.engine)).toEqual([]);
  expect(node.engine.pool.free).toBe(node.engine.pool.size);
}

/** A snapshot without the events that blocks remember: those of a change that was made were delivered. */
function withoutEvents(node: TestEngine): unknown {
  const { blocks, ...rest } = snapshot(node.engine) as { blocks: Record<string, unknown>[] };
  return { ...rest, blocks: blocks.map(({ events: _, ...block }) => block) };
}

const bad: Parameters<typeof build>[1] = [
  { do: 'rm', name: 'nobody' },
  { do: 'add', name: 'x', type: 'nothing' },
  { do: 'add', name: 'x', type: 'ethernet', config: { link: { kind: 'broken' } } },
  { do: 'add', name: 'x', type: 'bpf', config: { filter: '{ 1, 2' } },
  { do: 'add', name: 'a:b', type: 'tee' },
  { do: 'add', name: 'x', type: 'heir', config: { mood: 'bad' } },
];

describe('all or nothing', () => {
  test('a list with a bad action at any place leaves everything as it was', () => {
    fc.assert(
      fc.property(anyGraph(), many(20), fc.nat(), fc.constantFrom(...bad), (before, wanted, at, wrong) => {
        const { node, actions } = prepared(before, wanted);
        const [was, lines] = [snapshot(node.engine), node.lines.length];
        const where = at % (actions.length + 1);
        expect(() => node.act(...actions.slice(0, where), wrong, ...actions.slice(where))).toThrow();
        expect(snapshot(node.engine)).toEqual(was);
        expect(node.lines.length).toBe(lines);
        finish(node);
      }),
      { seed: 10, numRuns: 250 },
    );
  });

  test('what was attempted is taken back without a trace', () => {
    fc.assert(
      fc.property(anyGraph(), many(20), (before, wanted) => {
        const { node, actions } = prepared(before, wanted);
        const was = withoutEvents(node);
        node.ask({ op: 'transaction', actions, confirmSeconds: 10 });
        node.ask({ op: 'status' });
        if (actions.length > 0) node.ask({ op: 'rollback' });
        expect(withoutEvents(node)).toEqual(was);
        finish(node);
      }),
      { seed: 11, numRuns: 250 },
    );
  });

  test('what nobody confirms in time is taken back, frames or not, and the account stays right', () => {
    fc.assert(
      fc.property(anyGraph(), many(20), fc.boolean(), (before, wanted, traffic) => {
        const { node, actions } = prepared(before, wanted);
        fc.pre(actions.length > 0);
        const was = withoutEvents(node);
        node.ask({ op: 'transaction', actions, confirmSeconds: 10 });
        expect(accountFaults(node.engine)).toEqual([]);
        if (traffic) exercise(node);
        node.clock.advance(9_999_999);
        node.service.tick();
        expect(() => node.ask({ op: 'transaction', actions: [] })).toThrow(
          'waits for its confirmation (1 s left)',
        );
        expect(accountFaults(node.engine)).toEqual([]);
        node.clock.advance(1);
        node.service.tick();
        if (!traffic) expect(withoutEvents(node)).toEqual(was);
        expect(accountFaults(node.engine)).toEqual([]);
        exercise(node);
        finish(node);
      }),
      { seed: 12, numRuns: 250 },
    );
  });

  test('the same list without the bad action is made', () => {
    fc.assert(
      fc.property(anyGraph(), many(20), (before, wanted) => {
        const { node, actions } = prepared(before, wanted);
        node.act(...actions);
        exercise(node);
        expect(accountFaults(node.engine)).toEqual([]);
        finish(node);
      }),
      { seed: 13, numRuns: 150 },
    );
  });
});

describe('a rehearsal', () => {
  test('changes nothing, says nothing, opens nothing, gives no IDP out', () => {
    fc.assert(
      fc.property(anyGraph(), many(20), (before, wanted) => {
        const { node, actions } = prepared(before, wanted);
        const was = snapshot(node.engine);
        const [lines, opened, next] = [
          [...node.lines],
          [...node.links.opened],
          node.engine.registry.table.length,
        ];
        const report = node.ask<{ results: unknown[] }>({ op: 'transaction', actions, dryRun: true });
        expect(report.results.length).toBe(actions.length);
        expect(snapshot(node.engine)).toEqual(was);
        expect([node.lines, node.links.opened, node.engine.registry.table.length]).toEqual([
          lines,
          opened,
          next,
        ]);
        finish(node);
      }),
      { seed: 14, numRuns: 250 },
    );
  });

  test('fails as the real thing would', () => {
    const node = makeEngine({ types: testBlocks });
    for (const wrong of bad.filter((action) => !JSON.stringify(action).includes('broken'))) {
      expect(() => node.ask({ op: 'transaction', actions: [wrong], dryRun: true })).toThrow();
    }
    expect(node.lines).toEqual([]);
  });
});

test('frames see the graph before or after: what waits in the backlog goes by the old one', () => {
  const node = makeEngine({ types: testBlocks });
  node.add({ a: 'discard', b: 'discard', s: 'forward' });
  node.act({ do: 'connect', from: 's', port: 'ingress', to: 'a' });
  const frame = node.engine.pool.allocate()!;
  node.engine.accounts.in++;
  frame.nextIdp = node.get('s').idp;
  node.engine.dispatch.backlog.push(frame);
  node.act(
    { do: 'disconnect', from: 's', port: 'ingress' },
    { do: 'connect', from: 's', port: 'ingress', to: 'b' },
  );
  expect([node.block('a'), node.block('b')]).toMatchObject([{ packets: 1 }, { packets: 0 }]);
  finish(node);
});

describe('while a change waits for its confirmation', () => {
  test('what it took out is still held and counted', () => {
    const node = makeEngine({ types: testBlocks });
    node.act(
      {
        do: 'add',
        name: 'eth',
        type: 'ethernet',
        config: { link: { kind: 'memory', name: 'eth', limit: 1 } },
      },
      { do: 'add', name: 'h', type: 'holder' },
    );
    for (let i = 0; i < 3; i++) node.inject('eth', 1); // one sent, two wait
    node.inject('h');
    node.ask({
      op: 'transaction',
      actions: [
        { do: 'rm', name: 'eth' },
        { do: 'rm', name: 'h' },
      ],
      confirmSeconds: 1,
    });
    expect([node.engine.held(), accountFaults(node.engine)]).toEqual([3, []]);
    node.ask({ op: 'rollback' });
    expect(node.block<Holder>('h').queue.length).toBe(1);
    node.links.end('eth').take();
    node.engine.flush();
    expect(node.links.end('eth').take().length).toBe(1);
    finish(node);
  });

  test('destructors wait for it', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ l: 'listener' });
    const listener = node.block<Listener>('l');
    node.ask({ op: 'transaction', actions: [{ do: 'rm', name: 'l' }], confirmSeconds: 1 });
    expect(listener.closed).toBe(0);
    node.ask({ op: 'confirm' });
    expect(listener.closed).toBe(1);
  });
});
