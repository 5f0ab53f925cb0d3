import { describe, expect, test } from 'vitest';
import { testBlocks } from '../testing/blocks.js';
import { makeEngine } from '../testing/engine.js';
import { snapshot } from '../testing/snapshot.js';
import type { TransactionReport } from './service.js';
import type { BlockRow, BlockView, NodeStatus, TypeView } from './views.js';

const rows = (node: ReturnType<typeof makeEngine>) => node.ask<BlockRow[]>({ op: 'list' });
const names = (node: ReturnType<typeof makeEngine>) => rows(node).map((row) => row.name);

describe('transaction', () => {
  test('tells what it did, one result for each action', () => {
    const node = makeEngine({ types: testBlocks });
    const report = node.ask<TransactionReport>({
      op: 'transaction',
      actions: [
        { do: 'add', name: 'a', type: 'tee' },
        { do: 'add', name: 'b', type: 'bpf', config: { run: 'interpreted' } },
        { do: 'add', name: 'c', type: 'bpf' },
        { do: 'bind', upper: 'b', lower: 'a' },
        { do: 'subscribe', who: 'c', to: 'a' },
        { do: 'notify', from: 'a', event: 'hello' },
        { do: 'unsubscribe', who: 'c', to: 'a' },
        { do: 'replace', old: 'b', new: 'c' },
        { do: 'unbind', upper: 'c', lower: 'a' },
        { do: 'connect', from: 'a', port: 'ingress3', to: 'c' },
        { do: 'disconnect', from: 'a', port: 'ingress3' },
        { do: 'set', name: 'c', options: { run: 'compiled' } },
        { do: 'rm', name: 'a' },
      ],
    });
    expect(report.actions).toEqual([
      'add a tee',
      'add b bpf run=interpreted',
      'add c bpf',
      'bind b a',
      'subscribe c a',
      'notify a hello',
      'unsubscribe c a',
      'replace b c',
      'unbind c a',
      'bind a:ingress3 c',
      'unbind a:ingress3',
      'set c run=compiled',
      'rm a',
    ]);
    expect(report.results).toEqual([
      { name: 'a', idp: 1 },
      { name: 'b', idp: 2 },
      { name: 'c', idp: 3 },
      {},
      {},
      { subscribers: 2 },
      {},
      { state: 'kept' },
      {},
      {},
      {},
      {},
      {},
    ]);
    expect(rows(node)).toEqual([{ name: 'c', type: 'bpf', idp: 2, references: 1, bound: [] }]);
  });

  test('an error says which action it was, and that nothing was changed', () => {
    const node = makeEngine();
    const actions = [
      { do: 'add', name: 'a', type: 'tee' },
      { do: 'bind', upper: 'a', lower: 'nobody' },
    ] as const;
    expect(() => node.ask({ op: 'transaction', actions: [...actions] })).toThrow(
      'action 2 of 2 (bind a nobody): no block named "nobody"; "fbctl list" shows all; nothing was changed',
    );
    expect(() => node.ask({ op: 'transaction', actions: [actions[1]] })).toThrow(/^no block named "a"/);
    expect(names(node)).toEqual([]);
  });

  test('an empty one is made, and needs no confirmation', () => {
    const node = makeEngine();
    const report = node.ask<TransactionReport>({ op: 'transaction', actions: [], confirmSeconds: 5 });
    expect(report).toMatchObject({ actions: [], results: [], dryRun: false });
    expect(report).not.toHaveProperty('confirmWithin');
  });

  test('option values that came as text are taken as what the type wants', () => {
    const node = makeEngine();
    const untyped = { do: 'add', type: 'ethernet', untyped: true } as const;
    node.act(
      { ...untyped, name: 'a', config: { link: 'eth0', queue: '10', promiscuous: 'true' } },
      { ...untyped, name: 'b', config: { link: '{"kind":"memory","name":"m"}' } },
    );
    expect(node.get('a').config).toEqual({ link: 'eth0', queue: 10, promiscuous: true });
    expect(node.links.opened[0]).toBe('eth0');
    const wrong = () => node.act({ ...untyped, name: 'c', config: { link: 'eth0', queue: 'many' } });
    expect(wrong).toThrow('c (ethernet): queue: ');
    expect(() =>
      node.act({ ...untyped, name: 'c', config: { link: 'eth0', queue: 10 }, untyped: false }),
    ).not.toThrow();
  });

  test('text stays text where the type wants it, and null takes an option off', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ h: 'heir', w: 'wild' });
    node.act({ do: 'set', name: 'h', options: { mood: '10' }, untyped: true });
    expect(node.get('h').config).toEqual({ mood: '10' });
    node.act({ do: 'set', name: 'h', options: { mood: null }, untyped: true });
    expect(node.get('h').parsedConfig).toEqual({ mood: 'good' });
    node.act({ do: 'set', name: 'w', options: { answer: '-17' }, untyped: true });
    expect(node.get('w').config).toEqual({ answer: -17 });
  });
});

describe('confirmation', () => {
  const change = {
    op: 'transaction',
    actions: [{ do: 'add', name: 'x', type: 'tee' }],
    confirmSeconds: 10,
  } as const;
  const ask = (node: ReturnType<typeof makeEngine>) =>
    node.ask<TransactionReport>({ ...change, actions: [...change.actions] });

  test('in time makes the change final', () => {
    const node = makeEngine();
    expect(ask(node).confirmWithin).toBe(10);
    node.clock.advance(4e6);
    expect(node.ask<NodeStatus>({ op: 'status' }).confirmWithin).toBe(6);
    expect(node.service.dueAt()).toBe(node.clock.now() + 6e6);
    expect(node.ask({ op: 'confirm' })).toEqual({ confirmed: ['add x tee'] });
    node.clock.advance(1e9);
    node.service.tick();
    expect([names(node), node.service.dueAt()]).toEqual([['x'], Number.POSITIVE_INFINITY]);
    expect(node.ask<NodeStatus>({ op: 'status' })).not.toHaveProperty('confirmWithin');
    expect(node.lines).toEqual([
      '[quipu] 1 actions applied, to be confirmed within 10 s',
      '[quipu] 1 actions confirmed',
    ]);
  });

  test('missing takes it back when the time is over, not before', () => {
    const node = makeEngine();
    ask(node);
    node.clock.advance(10e6 - 1);
    node.service.tick();
    expect(names(node)).toEqual(['x']);
    node.clock.advance(1);
    node.service.tick();
    expect([names(node), node.lines.at(-1)]).toEqual([
      [],
      '[quipu] 1 actions rolled back: not confirmed in time',
    ]);
  });

  test('refused takes it back at once', () => {
    const node = makeEngine();
    ask(node);
    expect(node.ask({ op: 'rollback' })).toEqual({ rolledBack: ['add x tee'] });
    expect(names(node)).toEqual([]);
  });

  test('while one is awaited, nothing else is changed, not even for show', () => {
    const node = makeEngine();
    ask(node);
    const other = { op: 'transaction', actions: [{ do: 'rm', name: 'x' }] } as const;
    for (const dryRun of [false, true]) {
      expect(() => node.ask({ ...other, actions: [...other.actions], dryRun })).toThrow(
        '(10 s left): "quipu confirm"',
      );
    }
    expect(() => node.ask({ op: 'apply', graph: {} })).toThrow('waits for its confirmation');
    expect(rows(node).length).toBe(1);
  });

  test('of nothing is an error', () => {
    const node = makeEngine();
    for (const op of ['confirm', 'rollback'] as const)
      expect(() => node.ask({ op })).toThrow('no change waits');
  });

  test('a node that closes keeps what was changed', () => {
    const node = makeEngine();
    node.service.settle();
    ask(node);
    node.service.settle();
    expect(node.service.dueAt()).toBe(Number.POSITIVE_INFINITY);
    expect(names(node)).toEqual(['x']);
  });
});

describe('readings', () => {
  test('list, show and show-all', () => {
    const node = makeEngine({ types: testBlocks });
    node.hook('eth0');
    node.add({ c: 'counter', l: 'listener' });
    node.run('fbctl bind c eth0\nfbctl subscribe l c\nfbctl notify c tick 5');
    node.inject('eth0', 0);
    const view = node.ask<BlockView>({ op: 'show', name: 'c' });
    expect(view).toMatchObject({
      name: 'c',
      type: 'counter',
      idp: 2,
      mode: 'dual',
      counters: { packets: 1, bytes: 60 },
      counterTexts: { packets: 'frames that came through, either way' },
      edges: [{ port: 'egress', to: 'eth0', idp: 1 }],
      subscribers: ['eth0', 'l'],
      subscriptions: ['eth0'],
      links: [],
      held: 0,
    });
    expect(node.ask<BlockView>({ op: 'show', name: 'l' }).events).toMatchObject({
      count: 1,
      recent: [{ type: 'tick', from: 'c', fromIdp: 2, payload: 5 }],
    });
    const ethernet = node.ask<BlockView>({ op: 'show', name: 'eth0' });
    expect(ethernet.drops).toEqual([]);
    expect(ethernet.links).toMatchObject([
      { kind: 'memory', target: 'eth0', state: 'up', framesIn: 0, waiting: 0 },
    ]);
    expect(node.ask<BlockView[]>({ op: 'show-all' }).map((one) => one.name)).toEqual(['eth0', 'c', 'l']);
    expect(() => node.ask({ op: 'show', name: 'x' })).toThrow('no block named "x"');
    expect(() => node.ask({ op: 'show', name: '..' })).toThrow('block name ".."');
  });

  test('status', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ h: 'holder' });
    for (let i = 0; i < 3; i++) node.inject('h');
    expect(node.ask<NodeStatus>({ op: 'status' })).toMatchObject({
      totals: { in: 3, dropped: 1, held: 2, out: 0, consumed: 0, created: 0 },
      drops: [{ block: 'h', reason: 'unbound-port', count: 1 }],
      engines: [{ engine: 0, frames: 3, bytes: 180, invocations: 3, backlog: 0 }],
      pool: { size: 64, free: 62, slotBytes: 2048 },
      blocks: 1,
    });
  });

  test('types', () => {
    const types = makeEngine().ask<TypeView[]>({ op: 'types' });
    expect(types.map((one) => one.type)).toEqual([...types.map((one) => one.type)].sort());
    expect(types.find((one) => one.type === 'ethernet')?.ports).toEqual({
      ingress: 1,
      egress: 0,
      group: 'tag0-255',
    });
    expect(types.find((one) => one.type === 'tee')).toMatchObject({
      mode: 'dual',
      ports: { ingress: 32, egress: 1 },
      counters: { packets: 'frames that came up' },
      drops: {},
    });
  });

  test('change nothing', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ h: 'holder', t: 'tee' });
    node.inject('h');
    const before = snapshot(node.engine);
    for (const op of ['list', 'show-all', 'types', 'status', 'graph'] as const) {
      expect(JSON.parse(JSON.stringify(node.ask({ op })))).toEqual(node.ask({ op })); // all of it is plain JSON
    }
    expect(snapshot(node.engine)).toEqual(before);
  });
});
