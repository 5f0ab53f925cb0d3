import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../testing/account.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { anyGraph, build, exercise } from '../testing/random-graph.js';
import { snapshot } from '../testing/snapshot.js';
import type { GraphDocument } from './graph-document.js';
import type { RequestInput, TransactionReport } from './service.js';

type Document = Extract<RequestInput, { op: 'apply' }>['graph'];

const apply = (node: TestEngine, graph: Document, dryRun = false) =>
  node.ask<TransactionReport>({ op: 'apply', graph, dryRun }).actions;
const graphOf = (node: TestEngine) => node.ask<GraphDocument>({ op: 'graph' });

/** A graph without the order of its parts. */
function sorted({ blocks, bindings, subscriptions }: GraphDocument): unknown {
  return { blocks, bindings: [...bindings].sort(), subscriptions: [...subscriptions].sort() };
}

const figure = {
  blocks: {
    eth0: { type: 'ethernet', config: { link: 'eth0' } },
    fb2: { type: 'tee' },
    fb3: { type: 'counter' },
    fb5: { type: 'counter' },
  },
  bindings: ['fb2 on eth0', 'fb3 on fb2', 'fb5 on fb2'],
};

describe('random graphs', () => {
  test('the exported graph, applied, is nothing to do; on an empty node it makes the same graph', () => {
    fc.assert(
      fc.property(anyGraph(false), (actions) => {
        const [node, empty] = [makeEngine(), makeEngine()];
        build(node, actions);
        const graph = JSON.parse(JSON.stringify(graphOf(node))) as Document;
        expect(apply(node, graph)).toEqual([]);
        apply(empty, graph);
        expect(sorted(graphOf(empty))).toEqual(sorted(graphOf(node)));
        expect(apply(empty, graph)).toEqual([]);
      }),
      { seed: 60, numRuns: 150 },
    );
  });

  test('from any graph to any other, all or nothing, the account right', () => {
    fc.assert(
      fc.property(anyGraph(false), anyGraph(false), (from, to) => {
        const [node, other] = [makeEngine(), makeEngine()];
        build(node, from);
        exercise(node);
        build(other, to);
        const wanted = graphOf(other);
        const before = snapshot(node.engine);
        const planned = apply(node, wanted, true);
        expect(snapshot(node.engine)).toEqual(before);
        expect(apply(node, wanted)).toEqual(planned);
        expect(sorted(graphOf(node))).toEqual(sorted(wanted));
        expect(apply(node, wanted)).toEqual([]);
        exercise(node);
        expect(accountFaults(node.engine)).toEqual([]);
      }),
      { seed: 61, numRuns: 150 },
    );
  });

  test('blocks that stay as they are keep counters and IDP', () => {
    fc.assert(
      fc.property(anyGraph(false), anyGraph(false), (from, to) => {
        const [node, other] = [makeEngine(), makeEngine()];
        build(node, from);
        exercise(node);
        build(other, to);
        const [now, wanted] = [graphOf(node), graphOf(other)];
        const same = Object.keys(now.blocks).filter(
          (name) =>
            Object.hasOwn(wanted.blocks, name) &&
            JSON.stringify(now.blocks[name]) === JSON.stringify(wanted.blocks[name]),
        );
        const blocks = same.map((name) => [node.get(name).block, node.get(name).idp]);
        apply(node, wanted);
        expect(same.map((name) => [node.get(name).block, node.get(name).idp])).toEqual(blocks);
      }),
      { seed: 62, numRuns: 100 },
    );
  });
});

describe('an applied document', () => {
  test('makes a graph, and a second time nothing', () => {
    const node = makeEngine();
    expect(apply(node, figure)).toEqual([
      'add eth0 ethernet link=eth0',
      'add fb2 tee',
      'add fb3 counter',
      'add fb5 counter',
      'bind eth0:ingress fb2',
      'bind fb2:ingress fb3',
      'bind fb2:ingress1 fb5',
      'bind fb2:egress eth0',
      'bind fb3:egress fb2',
      'bind fb5:egress fb2',
    ]);
    expect(apply(node, figure)).toEqual([]);
  });

  test('finds a graph that was typed with fbctl, whatever the order of the commands', () => {
    const node = makeEngine();
    node.run('vlink ethernet hook eth0\nfbctl add fb2 tee\nfbctl add fb3 counter\nfbctl add fb5 counter');
    node.run('fbctl bind fb5 fb2\nfbctl bind fb3 fb2\nfbctl bind fb2 eth0');
    expect(apply(node, figure)).toEqual([]);
  });

  test('does only what differs: a block put in between', () => {
    const node = makeEngine();
    apply(node, figure);
    const inserted = {
      blocks: { ...figure.blocks, new: { type: 'forward' } },
      bindings: ['fb2 on eth0', 'new on fb2', 'fb3 on new', 'fb5 on fb2'],
    };
    expect(apply(node, inserted)).toEqual([
      'unbind fb2:ingress',
      'unbind fb3:egress',
      'add new forward',
      'bind fb2:ingress new',
      'bind new:ingress fb3',
      'bind new:egress fb2',
      'bind fb3:egress new',
    ]);
  });

  test('changes options where that can be done, and makes the block anew where not', () => {
    const node = makeEngine();
    const filter = '{ 0x6, 0, 0, 1 }';
    apply(node, {
      blocks: { f: { type: 'bpf', config: { filter, run: 'interpreted' } }, e: figure.blocks.eth0 },
    });
    expect(
      apply(node, { blocks: { f: { type: 'bpf', config: { filter } }, e: figure.blocks.eth0 } }),
    ).toEqual(['set f run=null']);
    expect(
      apply(node, {
        blocks: { f: { type: 'bpf', config: { filter, run: 'compiled' } }, e: figure.blocks.eth0 },
      }),
    ).toEqual([]);
    const other = { type: 'ethernet', config: { link: 'eth0', queue: 5 } };
    expect(apply(node, { blocks: { f: { type: 'tee' }, e: other } })).toEqual([
      'rm f --force',
      'rm e --force',
      'add f tee',
      'add e ethernet link=eth0 queue=5',
    ]);
  });

  test('ties and unties subscriptions of one’s own', () => {
    const node = makeEngine();
    const blocks = { a: { type: 'tee' }, b: { type: 'tee' } };
    apply(node, { blocks, bindings: ['a on b'], subscriptions: ['a to b'] });
    expect(apply(node, { blocks, bindings: ['a on b'], subscriptions: ['b to a'] })).toEqual([
      'unsubscribe a b',
      'subscribe b a',
    ]);
    expect(
      apply(node, { blocks, bindings: ['a on b', 'a on b'], subscriptions: ['b to a', 'b to a'] }),
    ).toEqual([]);
  });

  test('fails as a whole', () => {
    const node = makeEngine();
    apply(node, figure);
    const before = snapshot(node.engine);
    const broken = { type: 'ethernet', config: { link: { kind: 'broken' } } };
    expect(() => apply(node, { blocks: { fb2: { type: 'tee' }, broken } })).toThrow('nothing was changed');
    expect(snapshot(node.engine)).toEqual(before);
  });
});

describe('a document is refused', () => {
  const blocks = { a: { type: 'tee' }, c: { type: 'counter' }, d: { type: 'counter' } };
  test.each<[string, Document, string]>([
    [
      'an unknown block',
      { blocks, bindings: ['a on x'] },
      'binding "a on x": there is no block "x" under blocks',
    ],
    ['an inherited name', { blocks, bindings: ['a on constructor'] }, 'no block "constructor" under blocks'],
    [
      'an unknown subscriber',
      { blocks, subscriptions: ['toString to a'] },
      'no block "toString" under blocks',
    ],
    ['an unknown port', { blocks, bindings: ['c:ingress1 -> a'] }, 'c has no port "ingress1"'],
    ['an unknown type', { blocks: { x: { type: 'constructor' } } }, 'no block type "constructor"'],
    [
      'a port bound twice',
      { blocks, bindings: ['a:ingress -> c', 'a:ingress0 -> d'] },
      'port ingress of a is bound twice',
    ],
    [
      'no free port',
      { blocks, bindings: ['a on c', 'd on c'] },
      'nothing more can sit on c (counter): it has 1',
    ],
    [
      'a socket',
      { blocks: { s: { type: 'socket', config: { channel: 1 } } } },
      's: blocks of type socket are made by',
    ],
    ['a wrong name', { blocks: { 'a b': { type: 'tee' } } }, 'block name "a b"'],
    ['a wrong option', { blocks: { b: { type: 'bpf', config: { filter: null } } } }, 'b (bpf): filter'],
    ['__proto__', JSON.parse('{"blocks":{"__proto__":{"type":"tee"}}}'), 'cannot be a key'],
    [
      '__proto__ as an option',
      JSON.parse('{"blocks":{"a":{"type":"tee","config":{"__proto__":1}}}}'),
      'cannot be a key',
    ],
  ])('%s', (_what, graph, message) => {
    const node = makeEngine();
    node.add({ b: 'bpf' });
    expect(() => apply(node, graph)).toThrow(message);
    expect(graphOf(node).blocks).toEqual({ b: { type: 'bpf', config: {} } });
  });
});

describe('what is not of the document', () => {
  function withSocket(): TestEngine {
    const node = makeEngine();
    node.links.application(1);
    apply(node, { blocks: { t: { type: 'tee' }, a: { type: 'counter' } } });
    node.act(
      { do: 'add', name: 's', type: 'socket', config: { channel: 1 } },
      { do: 'bind', upper: 's', lower: 't' },
      { do: 'subscribe', who: 's', to: 'a' },
    );
    return node;
  }

  test('sockets are neither named nor touched', () => {
    const node = withSocket();
    const { idp, references } = node.get('s');
    expect(Object.keys(graphOf(node).blocks)).toEqual(['t', 'a']);
    expect([graphOf(node).bindings, graphOf(node).subscriptions]).toEqual([[], []]);
    expect(apply(node, graphOf(node))).toEqual([]);
    apply(node, { blocks: { t: { type: 'tee' } } });
    expect(node.get('s')).toMatchObject({ idp, references: references - 1 }); // its subscription to `a` went with `a`
    expect([node.get('t').ports[0], node.get('s').ports[1]]).toEqual([idp, node.get('t').idp]);
  });

  test('a new binding takes a port that no socket has', () => {
    const node = withSocket();
    expect(
      apply(node, { blocks: { t: { type: 'tee' }, a: { type: 'counter' } }, bindings: ['a on t'] }),
    ).toEqual(['bind t:ingress1 a', 'bind a:egress t']);
  });

  test('blocks that have lost their name are left alone, but where their port is wanted', () => {
    const node = makeEngine();
    const document = { blocks: { t: { type: 'tee' }, a: { type: 'counter' } }, bindings: ['t:ingress -> a'] };
    apply(node, document);
    const old = node.get('a').idp;
    node.act({ do: 'rm', name: 'a', mode: 'later' }, { do: 'add', name: 'a', type: 'counter' });
    expect(graphOf(node).bindings).toEqual([]);
    expect(apply(node, graphOf(node))).toEqual([]);
    expect(apply(node, { ...document, bindings: ['a on t'] }, true)[0]).toBe('bind t:ingress1 a');
    expect(apply(node, document)).toEqual(['unbind t:ingress', 'bind t:ingress a']);
    expect([node.get('t').ports[0], node.engine.registry.byIdp(old)]).toEqual([node.get('a').idp, undefined]);
    expect(apply(node, document)).toEqual([]);
  });
});
