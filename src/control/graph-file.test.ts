import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import type { GraphKind } from './graph-check.js';
import { parseGraphFile } from './graph-file.js';

const ports = { ingress: 32, egress: 1 };
const schemas: readonly [string, z.ZodType][] = [
  ['tee', z.strictObject({})],
  [
    'bpf',
    z.strictObject({
      filter: z.string().optional(),
      run: z.enum(['compiled', 'interpreted']).default('compiled'),
    }),
  ],
  ['ethernet', z.strictObject({ link: z.union([z.string(), z.looseObject({ kind: z.string() })]) })],
];
const kinds = new Map<string, GraphKind>(schemas.map(([type, config]) => [type, { config, ports }]));

const good = `
quipu: 1
blocks:
  eth0: { type: ethernet, config: { link: eth0 } }
  fb2: &t { type: tee }
  fb3: *t
bindings:
  - fb2 on eth0
  - fb2:ingress3 -> fb3
subscriptions: [fb3 to eth0]
`;

test('reads YAML and JSON', () => {
  const graph = parseGraphFile(good, 'g.yaml', kinds);
  expect(Object.keys(graph.blocks)).toEqual(['eth0', 'fb2', 'fb3']);
  expect(graph.blocks.fb3).toEqual({ type: 'tee', config: {} });
  expect(graph.bindings).toEqual(['fb2 on eth0', 'fb2:ingress3 -> fb3']);
  expect(parseGraphFile(JSON.stringify(graph), 'g.json', kinds)).toEqual(graph);
  expect(parseGraphFile('', 'empty', kinds).blocks).toEqual({});
});

test.each([
  [
    'blocks: {a: {type: tee, confg: {}}}',
    'f:1:25: unknown key blocks.a.confg (did you mean config?); the keys here are type, config',
  ],
  [
    'block: {}',
    'f:1:1: unknown key block (did you mean blocks?); the keys here are quipu, blocks, bindings, subscriptions',
  ],
  [
    'blocks:\n  a:\n    type: bpf\n    config:\n      fliter: x',
    'f:5:7: unknown key blocks.a.config.fliter (did you mean filter?); the keys here are filter, run',
  ],
  [
    'blocks:\n  a: {type: tee, config: {x: 1}}',
    'f:2:27: unknown key blocks.a.config.x; there are no keys here',
  ],
  ['blocks:\n  a: {type: bpf, config: {run: fast}}', 'f:2:32: blocks.a.config.run is "fast"'],
  ['blocks:\n  a: {type: ethernet}', 'f:2:6: blocks.a.config.link is missing'],
  ['blocks:\n  a: {config: {}}', 'f:2:6: blocks.a.type is missing: expected string'],
  [
    'blocks:\n  a: {type: tea}',
    'f:2:13: blocks.a.type is "tea", no block type; there are tee, bpf, ethernet',
  ],
  ['blocks:\n  a: {type: socket}', 'f:2:13: blocks of type socket are made by applications'],
  ['blocks:', 'f:1:8: blocks is null: expected a map'],
  ['[]', 'f:1:1: the file is []: expected object'],
  ['blocks:\n  a: {type: tee}\n  a: {type: tee}', 'f:3:3: map keys must be unique'],
  ['blocks:\n  a b: {type: tee}', 'f:2:3: block name "a b": use letters'],
  [
    'blocks: {a: {type: tee}}\nbindings: [a over a]',
    'f:2:12: bindings.0 is "a over a": write "UPPER on LOWER"',
  ],
  ['blocks: {a: {type: tee}}\nbindings:\n - a on b', 'f:3:4: "a on b": there is no block "b" under blocks'],
  ['subscriptions: [a to b]', 'f:1:17: "a to b": there is no block "a" under blocks'],
  [
    'blocks:\n  a: {type: tee, config: &c {x: 1}}\n  b: {type: bpf, config: *c}',
    'f:2:30: unknown key blocks.b.config.x; the keys here are filter, run',
  ],
  ['quipu: 2', 'f:1:8: quipu is 2'],
  ['blocks: [', 'f:1:10: '],
  ['a: !x y', 'f:1:4: unresolved tag: !x'],
  ['--- {}\n--- {}', 'f:2:1: '],
])('%j is refused with its place', (text, message) => {
  expect(() => parseGraphFile(text, 'f', kinds)).toThrow(message);
  expect(() => parseGraphFile(text, 'f', kinds)).toThrow(expect.objectContaining({ code: 'bad-config' }));
});

test('tells several faults at once, each with its place, but not a flood', () => {
  expect(() => parseGraphFile('blocks: {a: {type: x}, b: {type: y}}', 'f', kinds)).toThrow(
    /f:1:20: .*\nf:1:34: /,
  );
  const many = `bindings: [${'a on b, '.repeat(50)}]`;
  expect(() => parseGraphFile(many, 'f', kinds)).toThrow(/\nand 90 more$/);
});

test('aliases that multiply and deep nesting are errors, not a hang or a crash', () => {
  const rows = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
  const bomb = ['l0: &l0 [x]', ...rows].join('\n');
  expect(() => parseGraphFile(bomb, 'f', kinds)).toThrow(QuipuError);
  expect(() => parseGraphFile(`blocks: ${'['.repeat(50_000)}`, 'f', kinds)).toThrow(QuipuError);
  expect(() => parseGraphFile('a: &a [*a]', 'f', kinds)).toThrow(QuipuError);
});

test('reads chain text too: the first line tells', () => {
  const graph = parseGraphFile('# a chain\nx :: tee -> bpf', 'g', kinds);
  expect(graph.bindings).toEqual(['bpf1 on x']);
  expect(parseGraphFile(JSON.stringify(graph), 'g', kinds)).toEqual(graph);
  expect(() => parseGraphFile('x :: tee ->', 'g', kinds)).toThrow('g:1:12: expected a block');
});

const piece = fc.constantFrom(
  'blocks',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '  ',
  'type',
  'config',
  'tee',
  'bpf',
  '- ',
  'a on b',
  'bindings',
  '&x ',
  '*x',
  '<<',
  '? ',
  '!!map ',
  '|',
  '"',
  '__proto__',
  '1',
  ',',
  '#',
  '---',
);

test('garbage gives a graph or a QuipuError', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, piece, fc.string()), { maxLength: 20 }), (parts) => {
      try {
        parseGraphFile(parts.join(''), 'f', kinds);
      } catch (error) {
        expect(error).toBeInstanceOf(QuipuError);
        expect((error as QuipuError).message).toMatch(/^f:\d+:\d+: /);
      }
    }),
    { seed: 6, numRuns: 2000 },
  );
});
