import { describe, expect, test } from 'vitest';
import { makeEngine, type TestEngine } from '../testing/engine.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const unbind = (upper: string, lower: string) => ({ do: 'unbind', upper, lower }) as const;
const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;
interface Row {
  readonly references: number;
  readonly bound: readonly number[];
}
const listBlocks = (node: TestEngine) => node.ask<Row[]>({ op: 'list' });
const portsOf = (node: TestEngine, name: string) =>
  [...node.get(name).ports.entries()].filter(([, idp]) => idp !== 0);

/** Figure C.1 of the seed. */
function figure(): TestEngine {
  const node = makeEngine();
  node.hook('eth0');
  node.add({ fb2: 'tee', fb3: 'bpf', fb4: 'counter', fb5: 'bpf', fb6: 'counter' });
  for (const [upper, lower] of [
    ['fb2', 'eth0'],
    ['fb3', 'fb2'],
    ['fb5', 'fb2'],
    ['fb4', 'fb3'],
    ['fb6', 'fb5'],
  ]) {
    node.act(bind(upper, lower));
  }
  return node;
}

describe('appendix C.3', () => {
  test('references and bound blocks are those of the seed', () => {
    expect(listBlocks(figure())).toEqual([
      { name: 'eth0', type: 'ethernet', idp: 1, references: 4, bound: [2] },
      { name: 'fb2', type: 'tee', idp: 2, references: 10, bound: [5, 3, 1] },
      { name: 'fb3', type: 'bpf', idp: 3, references: 7, bound: [4, 2] },
      { name: 'fb4', type: 'counter', idp: 4, references: 4, bound: [3] },
      { name: 'fb5', type: 'bpf', idp: 5, references: 7, bound: [6, 2] },
      { name: 'fb6', type: 'counter', idp: 6, references: 4, bound: [5] },
    ]);
  });

  test('the log is that of the seed, in its order', () => {
    expect(figure().lines.filter((line) => line.includes('bound to'))).toEqual([
      '[fb2::tee] port egress bound to IDP1',
      '[eth0::ethernet] port ingress bound to IDP2',
      '[fb3::bpf] port egress bound to IDP2',
      '[fb2::tee] port ingress bound to IDP3',
      '[fb5::bpf] port egress bound to IDP2',
      '[fb2::tee] port ingress1 bound to IDP5',
      '[fb4::counter] port egress bound to IDP3',
      '[fb3::bpf] port ingress bound to IDP4',
      '[fb6::counter] port egress bound to IDP5',
      '[fb5::bpf] port ingress bound to IDP6',
    ]);
  });

  test('unbound in its order, all is as at the beginning, and can be removed', () => {
    const node = figure();
    for (const pair of ['fb6 fb5', 'fb4 fb3', 'fb5 fb2', 'fb3 fb2', 'fb2 eth0']) {
      const [upper, lower] = pair.split(' ');
      node.act(unbind(upper, lower));
    }
    expect(listBlocks(node).map(({ references, bound }) => [references, bound])).toEqual(
      Array.from({ length: 6 }, () => [1, []]),
    );
    for (const name of ['eth0', 'fb2', 'fb3', 'fb4', 'fb5', 'fb6']) node.act({ do: 'rm', name });
    expect(listBlocks(node)).toEqual([]);
  });
});

describe('bind', () => {
  test('several blocks sit on one, by the next free ingress each', () => {
    const node = makeEngine();
    node.add({ t: 'tee', a: 'counter', b: 'counter', c: 'counter' });
    node.act(bind('a', 't'), bind('b', 't'), bind('c', 't'), unbind('b', 't'));
    expect(portsOf(node, 't')).toEqual([
      [0, 2],
      [4, 4],
    ]);
    node.act(bind('b', 't'));
    expect(portsOf(node, 't').map(([port]) => port)).toEqual([0, 2, 4]);
  });

  test('one block sits on several: only the first gets its egress', () => {
    const node = makeEngine();
    node.add({ up: 'counter', x: 'forward', y: 'forward' });
    node.act(bind('up', 'x'), bind('up', 'y'));
    expect(portsOf(node, 'up')).toEqual([[1, 2]]);
    expect([portsOf(node, 'x'), portsOf(node, 'y')]).toEqual([[[0, 1]], [[0, 1]]]);
    node.act(unbind('up', 'y'));
    expect(portsOf(node, 'up')).toEqual([[1, 2]]);
  });

  test('a block without egress is only led to', () => {
    const node = makeEngine();
    node.add({ end: 'discard', c: 'counter' });
    node.act(bind('end', 'c'));
    expect([portsOf(node, 'end'), portsOf(node, 'c')]).toEqual([[], [[0, 1]]]);
    node.act(unbind('end', 'c'));
    expect(node.get('c').references).toBe(1);
  });

  test('a second time is refused', () => {
    const node = makeEngine();
    node.add({ t: 'tee', a: 'counter' });
    node.act(bind('a', 't'));
    expect(() => node.act(bind('a', 't'))).toThrow('a sits on t already, by its port ingress');
  });

  test('no free port is refused, and says what helps', () => {
    const node = makeEngine();
    node.add({ c: 'counter', a: 'counter', b: 'counter', end: 'discard' });
    node.act(bind('a', 'c'));
    expect(() => node.act(bind('b', 'c'))).toThrow('its ingress port is bound; put a tee in between');
    expect(() => node.act(bind('a', 'end'))).toThrow('type discard has no ingress port');
    node.add({ t: 'tee', ...Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`n${i}`, 'counter'])) });
    for (let i = 0; i < 32; i++) node.act(bind(`n${i}`, 't'));
    expect(() => node.act(bind('n32', 't'))).toThrow('its 32 ingress ports are bound');
  });

  test('a block can be bound to itself, and parted from itself', () => {
    const node = makeEngine();
    node.add({ a: 'forward' });
    node.act(bind('a', 'a'));
    expect(portsOf(node, 'a')).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(node.get('a').references).toBe(5);
    expect(() => node.act({ do: 'rm', name: 'a' })).toThrow('in use by a');
    node.act(unbind('a', 'a'));
    expect(node.get('a').references).toBe(1);
    node.act(bind('a', 'a'), { do: 'rm', name: 'a', mode: 'force' });
    expect(listBlocks(node)).toEqual([]);
  });

  test('cycles can be bound and come apart', () => {
    const node = makeEngine();
    node.add({ a: 'forward', b: 'forward', c: 'forward' });
    node.act(bind('a', 'b'), bind('b', 'c'), bind('c', 'a'));
    expect(listBlocks(node).map((row) => row.references)).toEqual([7, 7, 7]);
    node.act({ do: 'rm', name: 'b', mode: 'force' });
    expect(listBlocks(node).map((row) => row.references)).toEqual([4, 4]);
  });

  test('unbind of what is not bound is refused', () => {
    const node = makeEngine();
    node.add({ a: 'forward', b: 'forward' });
    expect(() => node.act(unbind('a', 'b'))).toThrow('a does not sit on b');
    node.act(bind('a', 'b'));
    expect(() => node.act(unbind('b', 'a'))).toThrow('b does not sit on a');
  });

  test('unbind parts a pair of which one edge is gone already', () => {
    const node = makeEngine();
    node.add({ a: 'forward', b: 'forward' });
    node.act(bind('a', 'b'), { do: 'disconnect', from: 'b', port: 'ingress' }, unbind('a', 'b'));
    expect([node.get('a').references, node.get('b').references]).toEqual([1, 1]);
  });
});

describe('single edges', () => {
  test('lead from any port to any block; fan-in counts once for each edge', () => {
    const node = makeEngine();
    node.hook('eth0');
    node.add({ t: 'tee', c: 'counter' });
    node.act(connect('t', 'ingress', 'c'), connect('t', 'ingress31', 'c'), connect('eth0', 'tag255', 'c'));
    expect(node.get('c').incoming).toBe(3);
    expect(node.get('c').references).toBe(1 + 3 + 2 + 2);
    node.act({ do: 'disconnect', from: 't', port: 'ingress31' });
    expect(node.get('c').references).toBe(1 + 2 + 2 + 2);
  });

  test('ingress0 is ingress', () => {
    const node = makeEngine();
    node.add({ a: 'tee', b: 'tee' });
    node.act(connect('a', 'ingress0', 'b'), { do: 'disconnect', from: 'a', port: 'ingress' });
    expect(portsOf(node, 'a')).toEqual([]);
  });

  test('a port bound twice, a port that leads nowhere and a port there is not are refused', () => {
    const node = makeEngine();
    node.add({ a: 'counter', b: 'counter' });
    node.act(connect('a', 'ingress', 'b'));
    const twice = () => node.act(connect('a', 'ingress', 'b'));
    expect(twice).toThrow(
      'port ingress of a leads to b already; untie it first with "fbctl unbind a:ingress"',
    );
    expect(() => node.act({ do: 'disconnect', from: 'a', port: 'egress' })).toThrow('leads nowhere');
    for (const port of ['ingress1', 'tag0', 'x', 'ingress-1', 'ingress01', 'INGRESS', '1', 'constructor']) {
      expect(() => node.act(connect('a', port, 'b'))).toThrow(
        `a (counter) has no port "${port}"; it has: ingress, egress`,
      );
    }
    node.hook('eth0');
    expect(() => node.act(connect('eth0', 'egress', 'b'))).toThrow('it has: ingress, tag0 to tag255');
    node.add({ end: 'discard' });
    expect(() => node.act(connect('end', 'ingress', 'b'))).toThrow('it has: none');
  });
});
