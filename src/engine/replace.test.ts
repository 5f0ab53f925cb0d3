import { describe, expect, test } from 'vitest';
import { accountFaults } from '../testing/account.js';
import { type Heir, type Holder, type Listener, testBlocks } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { numberedFrame } from '../testing/frames.js';
import { snapshot } from '../testing/snapshot.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;
const subscribe = (who: string, to: string) => ({ do: 'subscribe', who, to }) as const;
const replace = (old: string, next: string, drop = false) =>
  ({ do: 'replace', old, new: next, drop }) as const;

function nodeWith(blocks: Record<string, string>): TestEngine {
  const node = makeEngine({ types: testBlocks });
  node.add(blocks);
  return node;
}
interface View {
  readonly name: string;
  readonly edges: { readonly port: string; readonly to: string }[];
  readonly subscribers: string[];
  readonly subscriptions: string[];
}
const show = (node: TestEngine, name: string) => node.ask<View>({ op: 'show', name });
const edges = (node: TestEngine, name: string) =>
  show(node, name).edges.map(({ port, to }) => `${port} ${to}`);

describe('place', () => {
  test('the new block gets the IDP and the bindings both ways; the old one and the new IDP are gone', () => {
    const node = nodeWith({ low: 'tee', old: 'counter', top: 'discard', other: 'tee', next: 'counter' });
    node.act(bind('old', 'low'), bind('top', 'old'), connect('other', 'ingress3', 'old'));
    const idp = node.get('old').idp;
    const references = node.get('old').references;
    node.act(replace('old', 'next'));
    expect(node.get('next')).toMatchObject({ idp, references });
    expect([edges(node, 'low'), edges(node, 'next'), edges(node, 'other')]).toEqual([
      ['ingress next'],
      ['ingress top', 'egress low'],
      ['ingress3 next'],
    ]);
    expect(() => node.get('old')).toThrow('no block named "old"');
    expect([node.engine.registry.byIdp(5), node.block<Heir>('next')]).toMatchObject([
      undefined,
      { packets: 0 },
    ]);
    node.inject('low');
    expect(node.block('next')).toMatchObject({ packets: 1 });
    expect(node.lines.at(-1)).toBe(`[next::counter] took the place of old at IDP${idp}, state kept`);
  });

  test('a loop to itself stays one', () => {
    const node = nodeWith({ old: 'forward', next: 'forward' });
    node.act(bind('old', 'old'));
    node.act(replace('old', 'next'));
    expect(edges(node, 'next')).toEqual(['ingress next', 'egress next']);
    expect(node.get('next').references).toBe(5);
    node.inject('next');
    expect(node.drops()).toEqual({ 'next hop-limit': 1 });
    node.act({ do: 'unbind', upper: 'next', lower: 'next' }, { do: 'rm', name: 'next' });
  });

  test('subscriptions both ways keep their order', () => {
    const node = nodeWith({ old: 'tee', a: 'listener', b: 'counter', c: 'listener', next: 'tee' });
    node.act(
      subscribe('a', 'b'),
      bind('a', 'old'),
      subscribe('c', 'old'),
      subscribe('old', 'c'),
      bind('b', 'old'),
    );
    node.act(subscribe('c', 'b'));
    const order = (name: string) => {
      const { subscribers, subscriptions } = show(node, name);
      return [subscribers, subscriptions].map((names) => names.map((one) => (one === 'next' ? 'old' : one)));
    };
    const before = { a: order('a'), b: order('b'), c: order('c'), old: order('old') };
    const list = () => node.ask<View[]>({ op: 'list' });
    const rows = list();
    node.act(replace('old', 'next'));
    expect({ a: order('a'), b: order('b'), c: order('c'), old: order('next') }).toEqual(before);
    expect(list()).toEqual(
      rows
        .filter((row) => row.name !== 'next')
        .map((row) => (row.name === 'old' ? { ...row, name: 'next' } : row)),
    );
    expect(node.block<Listener>('c').heard().at(-1)).toBe(
      'replaced next {"old":"old","idp":1,"state":"kept"}',
    );
  });

  test('a block of another type fits when it has the bound ports', () => {
    const node = nodeWith({
      old: 'counter',
      top: 'discard',
      next: 'bpf',
      end: 'discard',
      wide: 'tee',
      narrow: 'counter',
    });
    node.act(bind('top', 'old'), replace('old', 'next'));
    expect(edges(node, 'next')).toEqual(['ingress top']);
    const refused = 'end (discard) has no port "ingress", which next has bound: unbind it first';
    expect(() => node.act(replace('next', 'end'))).toThrow(refused);
    node.act(connect('wide', 'ingress7', 'top'));
    expect(() => node.act(replace('wide', 'narrow'))).toThrow('narrow (counter) has no port "ingress7"');
  });

  test('a block does not replace itself, nor with one in use', () => {
    const node = nodeWith({ a: 'counter', b: 'counter', c: 'counter' });
    node.act(subscribe('c', 'b'));
    expect(() => node.act(replace('a', 'a'))).toThrow('a cannot replace itself');
    expect(() => node.act(replace('a', 'b'))).toThrow(
      'b is in use: a block that replaces another must not be bound',
    );
    expect(() => node.act(replace('a', 'nobody'))).toThrow('no block named "nobody"');
  });
});

describe('state', () => {
  test('is kept between blocks of one type, dropped when asked', () => {
    const node = nodeWith({ old: 'counter', next: 'counter', third: 'counter' });
    node.inject('old');
    expect(node.ask({ op: 'transaction', actions: [replace('old', 'next')] })).toMatchObject({
      results: [{ state: 'kept' }],
    });
    expect(node.block('next')).toMatchObject({ packets: 1, bytes: 60 });
    expect(node.ask({ op: 'transaction', actions: [replace('next', 'third', true)] })).toMatchObject({
      results: [{ state: 'dropped' }],
    });
    expect(node.block('third')).toMatchObject({ packets: 0, bytes: 0 });
  });

  test('is migrated by a type that knows the other one, fresh otherwise', () => {
    const node = nodeWith({ old: 'flip', heir: 'heir', count: 'counter', late: 'heir' });
    node.inject('old');
    node.inject('old');
    const ask = (old: string, next: string) => node.ask({ op: 'transaction', actions: [replace(old, next)] });
    expect(ask('old', 'heir')).toMatchObject({ results: [{ state: 'migrated' }] });
    expect(node.block<Heir>('heir').inherited).toBe(2);
    expect(ask('heir', 'count')).toMatchObject({ results: [{ state: 'fresh' }] });
    expect(ask('count', 'late')).toMatchObject({ results: [{ state: 'fresh' }] });
    expect(node.block<Heir>('late').inherited).toBe(0);
  });

  test('frames that the old block held go on from the new one, in order; none is lost', () => {
    const node = nodeWith({ old: 'holder', out: 'discard', next: 'holder' });
    node.act(bind('out', 'old'));
    for (let i = 0; i < 3; i++) node.inject('old', 0, numberedFrame(i));
    node.act(replace('old', 'next'));
    expect(node.block<Holder>('next').queue.map((frame) => frame.u32(14))).toEqual([1, 2]);
    node.inject('next', 0, numberedFrame(3));
    expect(node.block<Holder>('next')).toMatchObject({ packets: 4 });
    expect(node.block<Holder>('next').queue.map((frame) => frame.u32(14))).toEqual([2, 3]);
    expect([node.drops(), accountFaults(node.engine)]).toEqual([{}, []]);
  });

  test('drops of the old block stay in the ledger under its name', () => {
    const node = nodeWith({ old: 'listener', next: 'listener' });
    node.inject('old');
    node.act(replace('old', 'next'));
    node.inject('next');
    expect(node.drops()).toEqual({ 'old unwanted': 1, 'next unwanted': 1 });
  });
});

test('taken back, all is as before, but what was counted meanwhile', () => {
  const node = nodeWith({ low: 'tee', old: 'counter', next: 'counter', heir: 'heir', flip: 'flip' });
  node.act(bind('old', 'low'), bind('flip', 'low'), subscribe('heir', 'old'));
  node.inject('low');
  const before = snapshot(node.engine);
  const actions = [replace('old', 'next')];
  node.ask({ op: 'transaction', actions: [...actions], dryRun: true });
  expect(snapshot(node.engine)).toEqual(before);
  expect(() => node.act(...actions, { do: 'rm', name: 'nobody' })).toThrow();
  expect(snapshot(node.engine)).toEqual(before);
  node.ask({ op: 'transaction', actions, confirmSeconds: 5 });
  node.inject('low');
  expect(node.block('next')).toMatchObject({ packets: 2 });
  node.ask({ op: 'rollback' });
  expect([node.block('old'), node.block('next')]).toMatchObject([{ packets: 2 }, { packets: 0 }]);
  expect(edges(node, 'low')).toEqual(['ingress old', 'ingress1 flip']);
  node.inject('low');
  expect(node.block('old')).toMatchObject({ packets: 3 });
});
