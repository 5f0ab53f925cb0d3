import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { anyGraph, build } from '../testing/random-graph.js';
import { parseChainText } from './chain-text.js';
import { printChainText } from './chain-text-print.js';
import { type GraphKind, kindsOf } from './graph-check.js';
import type { GraphDocument } from './graph-document.js';
import type { TransactionReport } from './service.js';

const kinds = kindsOf(makeEngine().engine.builder.all());
const graphOf = (node: TestEngine) => node.ask<GraphDocument>({ op: 'graph' });
const apply = (node: TestEngine, graph: string) =>
  node.ask<TransactionReport>({ op: 'apply', graph }).actions;

/** A graph without the order of its parts. */
function sorted({ blocks, bindings, subscriptions }: GraphDocument): unknown {
  return { blocks, bindings: [...bindings].sort(), subscriptions: [...subscriptions].sort() };
}

test('blocks, then chains, then events', () => {
  const node = makeEngine();
  apply(
    node,
    `e :: ethernet({kind: memory, name: eth0}, promiscuous: true); arp :: bpf({ 6, 0, 0, 0 }, run: interpreted)
     e -> t :: tee -> arp -> counter -> discard; t -> n :: counter; t [ingress5] -> n; n [egress] -> t
     e [tag5] -> v :: counter [egress] -> e; n ~> arp`,
  );
  expect(
    printChainText(graphOf(node), kinds),
  ).toBe(`e :: ethernet({ kind: memory, name: eth0 }, promiscuous: true)
arp :: bpf({ 6, 0, 0, 0 }, run: interpreted)
t :: tee
counter1 :: counter
discard1 :: discard
n :: counter
v :: counter

e -> t -> arp -> counter1 -> discard1
t -> n
t [ingress5] -> n
e [tag5] -> v [egress] -> e

n ~> arp
`);
});

test('a port is named where the next free one is another', () => {
  const node = makeEngine();
  apply(
    node,
    `t :: tee; a :: counter; b :: counter; end :: discard; t [ingress1] -> end; t [ingress2] -> end
     t [ingress4] -> [egress] a; t [ingress5] -> b; t -> b`,
  );
  expect(printChainText(graphOf(node), kinds).split('\n\n')[1]).toBe(
    't -> b\nt -> end\nt [ingress2] -> end\nt [ingress4] -> [egress] a\nt [ingress5] -> b\n',
  );
});

test('a block on several links leads to each of them by an egress port', () => {
  const node = makeEngine();
  const link = (name: string) => `${name} :: ethernet({ kind: memory, name: ${name} })\n`;
  apply(node, `${link('left')}${link('right')}left -> lan :: bridge; right [ingress] -> [egress1] lan`);
  expect(printChainText(graphOf(node), kinds).split('\n\n')[1]).toBe(
    'left -> lan\nright [ingress] -> [egress1] lan\n',
  );
});

test('long chains go over several lines; a graph of nothing is no text', () => {
  const node = makeEngine();
  apply(node, `eth :: counter ${'-> counter '.repeat(30)}`);
  const text = printChainText(graphOf(node), kinds);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(text).toMatch(/\n {4}-> counter\d+/);
  expect(printChainText({ blocks: {}, bindings: [], subscriptions: [] }, kinds)).toBe('');
});

test('any running graph, printed and read, is the same graph: here nothing to do, elsewhere made anew', () => {
  fc.assert(
    fc.property(anyGraph(false), (actions) => {
      const [node, empty] = [makeEngine(), makeEngine()];
      build(node, actions);
      const text = printChainText(graphOf(node), kinds);
      expect(apply(node, text)).toEqual([]);
      apply(empty, text);
      expect(sorted(graphOf(empty))).toEqual(sorted(graphOf(node)));
    }),
    { seed: 62, numRuns: 60 },
  );
});

test('a document with bindings by "on" keeps their order', () => {
  const graph = {
    blocks: {
      a: { type: 'tee', config: {} },
      b: { type: 'counter', config: {} },
      c: { type: 'counter', config: {} },
    },
    bindings: ['c on a', 'a:ingress4 -> b', 'b on a'],
    subscriptions: [],
  };
  expect(parseChainText(printChainText(graph, kinds), 'f', kinds)).toEqual({ quipu: 1, ...graph });
});

describe('options', () => {
  const ports = { ingress: 1, egress: 1 };
  const one = (config: z.ZodType, mainOption?: string) =>
    new Map<string, GraphKind>([['k', { config, ports, ...(mainOption ? { mainOption } : {}) }]]);
  const print = (config: Record<string, unknown>, known: ReadonlyMap<string, GraphKind>) =>
    printChainText({ blocks: { x: { type: 'k', config } }, bindings: [], subscriptions: [] }, known);

  test.each<[Record<string, unknown>, string]>([
    [{ text: 'ip and port 53' }, 'ip and port 53'],
    [{ text: 'a, b: c' }, '"a, b: c"'],
    [{ text: '5', n: 5, list: ['a', 'b c', '5'] }, '5, n: 5, list: a, "b c", "5"'],
    [{ n: -1.5, text: ' ' }, '" ", n: -1.5'],
    [{ text: '' }, '""'],
    [{ list: [] }, 'list: []'],
    [{ any: { a: null, 'b c': 'true', d: [{}] } }, 'any: { a: null, "b c": "true", d: [{}] }'],
    [{ text: 'tcp[0] # x' }, '"tcp[0] # x"'],
    [{ text: ')' }, '")"'],
  ])('%j is %s', (config, text) => {
    const schema = z.strictObject({
      text: z.string().optional(),
      n: z.number().optional(),
      list: z.array(z.string()).optional(),
      any: z.unknown().optional(),
    });
    expect(print(config, one(schema, 'text'))).toBe(`x :: k(${text})\n`);
  });

  const schemas = [
    one(z.looseObject({}), 'a'),
    one(z.looseObject({ a: z.union([z.string(), z.array(z.unknown())]) }), 'a'),
    one(z.looseObject({ a: z.unknown() })),
  ];
  const key = fc.oneof(fc.constantFrom('a', 'b', 'c-d', 'filter'), fc.string());
  const config = fc.dictionary(key, fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), { maxKeys: 5 });

  test('whatever they are, they are read as they were', () => {
    fc.assert(
      fc.property(config, fc.constantFrom(...schemas), fc.boolean(), (given, known, isText) => {
        const wanted = JSON.parse(JSON.stringify(isText ? { ...given, a: JSON.stringify(given) } : given));
        if (Object.hasOwn(wanted, '__proto__') || !known.get('k')?.config.safeParse(wanted).success) return;
        if (JSON.stringify(wanted).includes('__proto__')) return;
        const text = print(wanted, known);
        expect(parseChainText(text, 'f', known).blocks.x.config).toEqual(wanted);
      }),
      { seed: 63, numRuns: 600 },
    );
  });
});
