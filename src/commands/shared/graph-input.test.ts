import { expect, test } from 'vitest';
import { type GraphSource, readGraph as read } from './graph-input.js';

function readGraph(source: GraphSource, warnings: string[] = []) {
  return read(source, (sentence) => warnings.push(sentence));
}

test('a graph comes from the command line or from a file, of either form', () => {
  const chain = readGraph({ expression: 'eth0 -> tee -> bpf({ 6, 0, 0, 0 }) -> counter' });
  expect(chain.bindings).toEqual(['tee1 on eth0', 'bpf1 on tee1', 'counter1 on bpf1']);
  expect(readGraph({ expression: JSON.stringify(chain) })).toEqual(chain);
  const example = new URL('../../../examples/figure-c1.yaml', import.meta.url).pathname;
  expect(Object.keys(readGraph({ file: example }).blocks)).toContain('eth0');
});

test('exactly one source, and faults with their place', () => {
  expect(() => readGraph({})).toThrow('give a file, - for stdin, or -e');
  expect(() => readGraph({ file: 'a', expression: 'b' })).toThrow('not both');
  expect(() => readGraph({ file: '/no/such' })).toThrow('cannot read /no/such: there is no such file');
  expect(() => readGraph({ expression: 'eth0 -> ' })).toThrow('-e:1:9: expected a block');
});

test.each([
  '',
  '  \n',
  '# nothing\n// at all',
  '; ;',
  '{}',
  'blocks: {}',
])('%j is empty: refused unless meant', (text) => {
  expect(() => readGraph({ expression: text })).toThrow(
    '-e: the graph is empty: it would remove every block ("quipu apply --empty" allows that)',
  );
  expect(readGraph({ expression: text, empty: true }).blocks).toEqual({});
});

test('what is hardly meant is warned of, with its place', () => {
  const warnings: string[] = [];
  readGraph({ expression: 'eth0 -> tee -> counter -> discard\ntee -> discard' }, warnings);
  expect(warnings).toEqual([
    'nothing leads to tee2 (line 2:1): to go on from an earlier tee, give it a name: "t :: tee"',
  ]);
});
