import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { makeEngine } from '../testing/engine.js';
import { isChainText, parseChainText } from './chain-text.js';
import { type GraphKind, type GraphKinds, kindsOf } from './graph-check.js';
import type { GraphDocument } from './graph-document.js';
import type { TransactionReport } from './service.js';

const dual = { ingress: 1, egress: 1 };
const kinds: GraphKinds = new Map<string, GraphKind>([
  ['tee', { config: z.strictObject({}), ports: { ingress: 32, egress: 1 } }],
  ['counter', { config: z.strictObject({}), ports: dual }],
  ['discard', { config: z.strictObject({}), ports: { ingress: 0, egress: 1 } }],
  [
    'bpf',
    {
      config: z.strictObject({
        filter: z.string().optional(),
        run: z.enum(['compiled', 'interpreted']).default('compiled'),
      }),
      ports: dual,
      mainOption: 'filter',
    },
  ],
  [
    'ethernet',
    {
      config: z.strictObject({
        link: z.union([z.string(), z.looseObject({ kind: z.string() })]),
        promiscuous: z.boolean().default(false),
      }),
      ports: { ingress: 1, egress: 0, group: { name: 'tag', count: 256 } },
      mainOption: 'link',
    },
  ],
  [
    'classifier',
    {
      config: z.strictObject({
        rules: z.array(z.string()).describe('one for each port'),
        level: z.number().max(5).optional(),
        limit: z.number().nullable().default(1),
        table: z.record(z.string(), z.array(z.int())).optional(),
        rate: z.union([z.string(), z.number()]).optional(),
        names: z.union([z.string(), z.array(z.string())]).optional(),
      }),
      ports: { ingress: 8, egress: 1 },
      mainOption: 'rules',
    },
  ],
  ['socket', { config: z.strictObject({}), ports: dual }],
]);

const parse = (text: string): GraphDocument => parseChainText(text, 'f', kinds);
const configOf = (text: string) => parse(`x :: ${text}`).blocks.x.config;
const faultOf = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(QuipuError);
    return (error as QuipuError).message;
  }
  throw new Error(`accepted: ${text.slice(0, 100)}`);
};

test('a chain from a device upwards', () => {
  expect(parse('eth0 -> tee -> bpf(arp) -> counter')).toEqual({
    quipu: 1,
    blocks: {
      eth0: { type: 'ethernet', config: { link: 'eth0' } },
      tee1: { type: 'tee', config: {} },
      bpf1: { type: 'bpf', config: { filter: 'arp' } },
      counter1: { type: 'counter', config: {} },
    },
    bindings: ['tee1 on eth0', 'bpf1 on tee1', 'counter1 on bpf1'],
    subscriptions: [],
  });
});

test('names, branches, single edges, events, comments, several lines', () => {
  const graph = parse(`
    # the uplink
    uplink :: ethernet(eth0, promiscuous: true); t :: tee   // and its tee
    uplink
      -> t          # on top of it
      -> c :: counter
    t -> bpf -> counter -> discard; t -> bpf; t [ingress5] -> c
    uplink [tag5] -> v10
    v10 :: counter
    c [ingress0] -> [egress] v10; v10 -> [egress] c
    c ~> uplink;;
  `);
  expect(Object.keys(graph.blocks)).toEqual([
    ...['uplink', 't', 'c', 'bpf1', 'counter1', 'discard1', 'bpf2', 'v10'],
  ]);
  expect(graph.blocks.uplink.config).toEqual({ link: 'eth0', promiscuous: true });
  expect(graph.bindings).toEqual([
    't on uplink',
    'c on t',
    'bpf1 on t',
    'counter1 on bpf1',
    'discard1 on counter1',
    'bpf2 on t',
    't:ingress5 -> c',
    'uplink:tag5 -> v10',
    'c:ingress -> v10',
    'v10:egress -> c',
    'c:egress -> v10',
  ]);
  expect(graph.subscriptions).toEqual(['uplink to c']);
});

describe('names', () => {
  test('generated names pass over declared ones, and are the same every time', () => {
    const text = 'counter2 :: counter\neth0 -> tee -> counter; tee -> counter; tee -> counter';
    expect(Object.keys(parse(text).blocks)).toEqual([
      ...['counter2', 'eth0', 'tee1', 'counter1', 'tee2', 'counter3', 'tee3', 'counter4'],
    ]);
    expect(parse(text)).toEqual(parse(text));
  });

  test('a declared name hides a block type, wherever it is declared', () => {
    const graph = parse('eth0 -> tee -> counter; tee -> discard; tee :: tee');
    expect(graph.bindings).toEqual(['tee on eth0', 'counter1 on tee', 'discard1 on tee']);
  });

  test('a device is one block, however often it is named, and may have options', () => {
    const graph = parse('br-lan.5(promiscuous: true)->counter->eth1;eth1->br-lan.5');
    expect(graph.blocks['br-lan.5'].config).toEqual({ link: 'br-lan.5', promiscuous: true });
    expect(graph.bindings).toEqual(['counter1 on br-lan.5', 'eth1 on counter1', 'br-lan.5 on eth1']);
  });

  test('what is said twice is meant once', () => {
    expect(
      parse('t :: tee; eth0 -> t -> counter; eth0 -> t -> counter; a :: counter; a ~> t; a ~> t'),
    ).toMatchObject({
      bindings: ['t on eth0', 'counter1 on t', 'counter2 on t'],
      subscriptions: ['t to a'],
    });
  });
});

describe('options', () => {
  test.each([
    ['counter()', {}],
    ['bpf', {}],
    ['bpf(tcp[13] & 2 != 0 and not port 22)', { filter: 'tcp[13] & 2 != 0 and not port 22' }],
    ['bpf(ether host 00:11:22:33:44:55)', { filter: 'ether host 00:11:22:33:44:55' }],
    [
      'bpf({ 0x28, 0, 0, 12 }, { 6, 0, 0, 0 }, run: interpreted)',
      { filter: '{ 0x28, 0, 0, 12 }, { 6, 0, 0, 0 }', run: 'interpreted' },
    ],
    ['bpf(run: compiled, filter: a, b,)', { filter: 'a, b', run: 'compiled' }],
    ["bpf(it's 80)", { filter: "it's 80" }],
    ["bpf('it''s: # a, )')", { filter: "it's: # a, )" }],
    ['bpf("a\\n\\u0041\n\tb")', { filter: 'a\nA\n\tb' }],
    ['bpf(5)', { filter: '5' }],
    ['bpf(true)', { filter: 'true' }],
    ['bpf(arp # and nothing else )\n // at all\n)', { filter: 'arp' }],
    ['bpf(arp # one\n or ip)', { filter: 'arp \n or ip' }],
    [
      'ethernet({ kind: udp, local: "[::1]:7", n: 0x10, "a b": [1, true, null, -1.5e1, x] })',
      {
        link: { kind: 'udp', local: '[::1]:7', n: 16, 'a b': [1, true, null, -15, 'x'] },
      },
    ],
    ['ethernet(link: {"kind":"pcap","file":"a b.pcap",})', { link: { kind: 'pcap', file: 'a b.pcap' } }],
    ['classifier(12/0800, 12/0806, -)', { rules: ['12/0800', '12/0806', '-'] }],
    ['classifier(80)', { rules: ['80'] }],
    ['classifier([ip, "a, b", tcp[0] = 1])', { rules: ['ip', 'a, b', 'tcp[0] = 1'] }],
    ['classifier(a, b, limit: 1e3)', { rules: ['a', 'b'], limit: 1000 }],
    ['classifier(a, limit: ~, rate: 5)', { rules: ['a'], limit: null, rate: 5 }],
    [
      'classifier(a, rate: 5M, table: { x: [1], y: [] })',
      { rules: ['a'], rate: '5M', table: { x: [1], y: [] } },
    ],
    ['classifier(a, names: 5)', { rules: ['a'], names: '5' }],
    ['classifier(a, names: b c)', { rules: ['a'], names: 'b c' }],
    ['classifier(a, names: b c, 5)', { rules: ['a'], names: ['b c', '5'] }],
    ['classifier(\n  ip,   # IPv4\n  arp,  // ARP\n)', { rules: ['ip', 'arp'] }],
  ])('%s', (text, config) => {
    expect(configOf(text)).toEqual(config);
  });

  test('a key may be any text, and is never a prototype', () => {
    expect(configOf('ethernet({kind: x, constructor: 1})').link).toEqual({ kind: 'x', constructor: 1 });
    expect(faultOf('x :: ethernet({kind: x, __proto__: 1})')).toContain('__proto__');
    expect(faultOf('__proto__ :: tee')).toContain('__proto__');
  });
});

test.each([
  ['eth0 -> tea -> counter', '1:9', '"tea" is no block type and nothing declares it; did you mean tee?'],
  ['eth0 -> counter -> eth7', '1:20', 'NAME :: ethernet(eth7)'],
  ['tee1 -> counter', '1:1', 'tee1 could be a tee without a name; declare what you mean: tee1 :: tee, or'],
  ['x :: eth0', '1:6', '"eth0" is no block type; for a device write x :: ethernet(eth0)'],
  ['x :: tee\n\n  x :: counter', '3:3', 'x is declared twice'],
  ['x :: bpf(ip)\nx(arp) -> tee', '2:2', 'x gets its options where it is declared'],
  ['eth0 -> tee; eth0(promiscuous: true)', '1:18', 'where it is first named'],
  ['eth0(eth1) -> tee', '1:6', 'expected key: value; the keys here are link, promiscuous'],
  ['eth0 -> counter(5)', '1:17', 'this block type has no options'],
  [
    'eth0 -> bpf(ip, fliter: x)',
    '1:17',
    'unknown key bpf1.fliter (did you mean filter?); the keys here are filter, run',
  ],
  ['eth0 -> bpf(run: fast)', '1:18', 'bpf1.run is "fast": invalid option'],
  ['eth0 -> bpf(ip, filter: arp)', '1:17', 'filter is given twice'],
  ['eth0 -> bpf(filter: , run: compiled)', '1:21', 'expected a value for filter'],
  ['classifier(a,,b)', '1:14', 'expected a value for rules.1'],
  ['x :: ethernet({kind:udp})', '1:16', 'expected key: value, a blank behind the colon'],
  ['x :: ethernet({kind: u, kind: v})', '1:25', 'kind is given twice'],
  ['x :: ethernet({kind: u, a: {b: [1, }}})', '1:36', 'expected ], for the [ that is open here'],
  ['x :: classifier(a, table: {x: [1, y]})', '1:35', 'x.table.x.1 is "y": expected number'],
  ['x :: classifier', '1:1', 'x.rules is missing: one for each port'],
  ['classifier(a, level: 9)', '1:22', 'classifier1.level: 9 is more than 5'],
  ['eth0 -> bpf("a\\q")', '1:13', 'the escapes of JSON'],
  ['eth0 -> bpf(filter: "x', '1:21', 'the quote " has no end'],
  ['eth0 -> bpf(ip -> tee', '1:12', 'the ( has no end; close it with )'],
  ['eth0 [ingres] -> tee', '1:7', 'eth0 has no port ingres; it has ingress, tag0 … tag255'],
  ['eth0 [ -> tee', '1:8', 'expected a port'],
  ['eth0 [ingress -> tee', '1:15', 'expected ] behind the port'],
  ['eth0 [ingress] tee', '1:16', 'expected -> behind the port'],
  ['eth0 [ingress] ~> tee', '1:7', 'events have no port'],
  ['eth0:ingress -> tee', '1:5', 'a port is written in brackets: NAME [ingress1] -> OTHER'],
  ['tee <- eth0', '1:5', 'chains are written from the link upwards'],
  ['eth0 -> tee, counter', '1:12', 'expected ->, ~>, a semicolon or the end of the line'],
  ['eth0 ->', '1:8', 'expected a block'],
  ['-> tee', '1:1', 'expected a block'],
  ['x ::', '1:5', 'expected a block type behind ::'],
  [
    't :: tee; eth0 -> t; eth0 -> counter',
    '1:27',
    'nothing more can sit on eth0 (ethernet), which has 1 ingress port',
  ],
  ['c :: counter [ingress] -> tee; c -> tee', '1:34', 'nothing more can sit on c (counter)'],
  ['discard -> tee', '1:9', 'which has no ingress port: it ends a chain'],
  [
    't :: tee; t [ingress1] -> counter; t [ingress1] -> counter',
    '1:39',
    'port ingress1 of t leads to counter1 already',
  ],
  ['eth0 -> socket', '1:9', 'made by applications'],
  [`${'x'.repeat(70)} -> tee`, '1:1', 'at most 64 characters'],
])('%j is refused with its place', (text, place, message) => {
  const [first, line, caret] = faultOf(text).split('\n');
  expect(first).toContain(message);
  expect(first.startsWith(`f:${place}: `)).toBe(true);
  const [row, column] = place.split(':').map(Number);
  expect(line).toBe(`    ${text.split('\n')[row - 1].slice(0, 100)}`.trimEnd());
  expect(caret).toBe(`${' '.repeat(column + 3)}^`);
});

test('tells several faults at once, in the order of the text, but not a flood', () => {
  expect(faultOf('eth0 -> tea; eth0 -> counter(1)').match(/^f:1:\d+/gm)).toEqual(['f:1:9', 'f:1:30']);
  expect(faultOf('eth0 -> tea; x :: tee; x :: tee').match(/^f:1:\d+/gm)).toEqual(['f:1:9', 'f:1:24']);
  expect(faultOf('eth0 -> x\n'.repeat(50))).toMatch(/\nand 40 more$/);
});

test('long lines and strange signs are shown so that the caret fits', () => {
  const [, line, caret] = faultOf(`${'eth0\t-> tee; '.repeat(20)}!`).split('\n');
  expect(line.length).toBeLessThan(110);
  expect(line).not.toContain('\t');
  expect(line.charAt(caret.indexOf('^'))).toBe('!');
});

test('whatever is nested deep or is long is an error or a graph, and soon', () => {
  expect(faultOf(`x :: ethernet(${'['.repeat(50_000)}`)).toContain('has no end');
  expect(faultOf(`x :: ethernet({a: ${'['.repeat(5000)}${']'.repeat(5000)}})`)).toContain('nested deeper');
  expect(faultOf('a -> b; '.repeat(20_000))).toContain('more');
  expect(Object.keys(parse('counter -> counter\n'.repeat(5000)).blocks)).toHaveLength(10_000);
  expect(parse(' '.repeat(300_000))).toMatchObject({ blocks: {} });
});

test.each([
  ['', false],
  ['# nothing\n', false],
  ['# nothing\n// at all', true],
  ['blocks:\n  a: {type: tee}', false],
  ['# a\n\nquipu : 1', false],
  ['{"blocks":{}}', false],
  ['--- {}', false],
  ['- a', false],
  ['"blocks": {}', false],
  ['blocks :: tee', true],
  ['// a\n# b\n\ufeff eth0', true],
  ['eth0:ingress -> tee', true],
  ['; eth0', true],
  ['-> tee', true],
])('%j is chain text: %s', (text, answer) => {
  expect(isChainText(text)).toBe(answer);
});

const piece = fc.constantFrom(
  ...['eth0', 'tee', 'bpf', 'counter', 'classifier', 'x', 'tee1', ' -> ', '->', '~>', ' :: ', ':', ': '],
  ...['(', ')', '[', ']', '{', '}', '[ingress1]', '"', "'", '\\', ',', ';', '\n', ' ', '#', '//', '5'],
  ...['filter', 'run: ', 'rules: ', '__proto__', 'link: {kind: u}', 'x :: tee;', 'discard', '-', '.'],
);

test('garbage gives a graph or a QuipuError with a place', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, piece, piece, fc.string()), { maxLength: 25 }), (parts) => {
      const text = parts.join('');
      isChainText(text);
      try {
        const graph = parse(text);
        expect(Object.keys(graph.blocks).length).toBeLessThanOrEqual(25);
      } catch (error) {
        expect(error).toBeInstanceOf(QuipuError);
        expect((error as QuipuError).message).toMatch(/^f:\d+:\d+: .+\n {4}.*\n {4} *\^/);
      }
    }),
    { seed: 61, numRuns: 3000 },
  );
});

describe('on a node', () => {
  const text = 'eth0 -> t :: tee -> counter -> discard; t -> counter -> discard';
  const apply = (node: ReturnType<typeof makeEngine>, graph: string, dryRun = false) =>
    node.ask<TransactionReport>({ op: 'apply', graph, dryRun }).actions;

  test('the text itself may be applied: the node knows its types', () => {
    const node = makeEngine();
    const link = 'e :: ethernet({kind: memory, name: eth0}); e -> t :: tee -> counter -> discard';
    expect(apply(node, link, true)).toContain('add t tee');
    apply(node, link);
    node.arrive('eth0', new Uint8Array(60).fill(2, 0, 6));
    expect(node.get('counter1').block).toMatchObject({ packets: 1 });
    expect(apply(node, link)).toEqual([]);
    expect(apply(node, link.replace('-> discard', '-> counter'))).toEqual([
      ...['unbind counter1:ingress', 'rm discard1 --force'],
      ...['add counter2 counter', 'bind counter1:ingress counter2', 'bind counter2:egress counter1'],
    ]);
  });

  test('a faulty text changes nothing and tells its place; too long a text is refused', () => {
    const node = makeEngine();
    expect(() => apply(node, `${text} -> tee`)).toThrow(/^graph:1:65: nothing more can sit on discard2/);
    expect(node.engine.registry.all()).toEqual([]);
    expect(() => apply(node, ' '.repeat((1 << 20) + 1))).toThrow(/<=1048576 characters/);
  });

  test('every type of the catalogue that has a main option has that option', () => {
    for (const [name, { config, mainOption }] of kindsOf(makeEngine().engine.builder.all())) {
      if (mainOption === undefined) continue;
      expect([name, Object.keys((config as unknown as { shape: object }).shape)]).toEqual([
        name,
        expect.arrayContaining([mainOption]),
      ]);
    }
  });
});

test.each([
  ['eth0 -> tee -> counter; eth0 ~> bpf(ip)', []],
  ['t :: tee; eth0 -> t -> counter; t -> discard', []],
  ['a :: counter; b :: counter [egress] -> a; eth0 [ingress] -> b', []],
  ['tee', ['nothing leads to tee1 (line 1:1)']],
  ['eth0 -> counter\n  c :: counter -> discard', ['nothing leads to c (line 2:3)']],
  [
    'eth0 -> tee -> counter -> discard; tee -> discard',
    ['nothing leads to tee2 (line 1:36): to go on from an earlier tee, give it a name: "t :: tee"'],
  ],
])('%j: blocks that nothing leads to', (text, expected) => {
  const warnings: string[] = [];
  const all = kindsOf(makeEngine().engine.builder.all());
  parseChainText(text, 'f', all, (sentence) => warnings.push(sentence));
  expect(warnings).toEqual(expected);
});
