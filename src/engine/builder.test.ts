import { expect, test } from 'vitest';
import type { BlockClass } from '../contract/block.js';
import { Flip } from '../testing/blocks.js';
import { Builder } from './builder.js';

const named = (kind: string): BlockClass => Object.assign(class extends Flip {}, { kind });

test('knows its types by name and lists them in order', () => {
  const builder = new Builder();
  for (const kind of ['tee', 'a-1', 'bpf']) builder.register(named(kind));
  expect(builder.find('tee').kind).toBe('tee');
  expect(builder.all().map((type) => type.kind)).toEqual(['a-1', 'bpf', 'tee']);
});

test('an unknown type is told with those there are', () => {
  const builder = new Builder();
  builder.register(named('tee'));
  builder.register(named('bpf'));
  for (const kind of ['te', '', 'constructor', '__proto__', 'TEE']) {
    expect(() => builder.find(kind)).toThrow(`no block type "${kind}"; there are: bpf, tee`);
  }
});

test('a type is registered once', () => {
  const builder = new Builder();
  builder.register(named('tee'));
  expect(() => builder.register(named('tee'))).toThrow('registered already');
});

test.each([
  '',
  'Tee',
  '1a',
  'a_b',
  'a b',
  'a-',
  '-a',
  'a--b',
  'a'.repeat(33),
  '__proto__',
])('%j is no name for a type', (kind) => {
  expect(() => new Builder().register(named(kind))).toThrow('use lower case letters');
});
