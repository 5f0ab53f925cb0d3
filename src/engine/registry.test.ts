import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { makeEngine } from '../testing/engine.js';
import { checkName, Registry } from './registry.js';

describe('names', () => {
  test.each([
    'a',
    'eth0',
    'site.eth0.filter',
    'A-b_c.9',
    '_x',
    '0',
    'constructor',
    'toString',
    'a'.repeat(64),
  ])('%s is one', (name) => {
    const node = makeEngine();
    node.add({ [name]: 'counter', top: 'counter' });
    node.act({ do: 'bind', upper: 'top', lower: name }, { do: 'subscribe', who: name, to: 'top' });
    expect(node.get(name).name).toBe(name);
    node.act({ do: 'rm', name, mode: 'force' });
    expect(() => node.get(name)).toThrow(`no block named "${name}"`);
  });

  test.each([
    '',
    ' ',
    'a b',
    '..',
    '.a',
    'a.',
    'a..b',
    'a'.repeat(65),
    'größe',
    '名',
    'a:b',
    '-a',
    'a/b',
    'a\n',
    'a\0',
    '__proto__',
    '😀',
  ])('%j is none', (name) => {
    const node = makeEngine();
    const add = () => node.engine.transaction((c) => node.engine.lifecycle.add(name, 'counter', {}, c));
    expect(add).toThrow(QuipuError);
    expect(add).toThrow('block name');
    expect(() => node.engine.registry.find(name)).toThrow('block name');
    expect(node.engine.registry.all()).toEqual([]);
  });

  test('any text is either a name or a QuipuError of at most a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          checkName(text);
          expect(text).toMatch(/^[\w.-]{1,64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(QuipuError);
          expect((error as QuipuError).message.length).toBeLessThan(700);
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  test('a name that nobody has says how to find those there are', () => {
    expect(() => makeEngine().get('fb9')).toThrow('no block named "fb9"; "fbctl list" shows all');
  });

  test('a name is taken once', () => {
    const node = makeEngine();
    node.add({ a: 'tee' });
    expect(() => node.add({ a: 'tee' })).toThrow('there is a block named "a" already');
  });
});

describe('information dispatch points', () => {
  test('count from 1 and lead to their block', () => {
    const node = makeEngine();
    node.add({ b: 'tee', a: 'counter' });
    expect(node.engine.registry.all().map(({ name, idp }) => [name, idp])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
    expect(node.engine.registry.byIdp(2)).toBe(node.get('a'));
    expect([0, 3, -1].map((idp) => node.engine.registry.byIdp(idp))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('none is given out twice: not after a removal, a failure, a roll-back or a replacement', () => {
    const node = makeEngine();
    const { engine } = node;
    const seen = new Set<number>();
    const add = (name: string) => {
      node.add({ [name]: 'counter' });
      const { idp } = node.get(name);
      expect(seen).not.toContain(idp);
      seen.add(idp);
    };
    add('a');
    node.act({ do: 'rm', name: 'a' });
    add('a');
    let lost = 0;
    expect(() =>
      engine.transaction((changes) => {
        lost = engine.lifecycle.add('b', 'counter', {}, changes).idp;
        throw new Error('no');
      }),
    ).toThrow('no');
    seen.add(lost);
    add('b');
    const { result, changes } = engine.attempt((all) => engine.lifecycle.add('c', 'counter', {}, all).idp);
    engine.takeBack(changes);
    seen.add(result);
    add('c');
    node.act({ do: 'replace', old: 'b', new: 'c' });
    add('d');
    expect(() =>
      node.act({ do: 'add', name: 'e', type: 'ethernet', config: { link: { kind: 'broken' } } }),
    ).toThrow();
    add('e');
  });

  test('a rehearsal burns none', () => {
    const node = makeEngine();
    node.add({ a: 'tee' });
    node.engine.rehearse((changes) => {
      expect(node.engine.lifecycle.add('b', 'tee', {}, changes).idp).toBe(2);
    });
    node.add({ b: 'tee' });
    expect(node.get('b').idp).toBe(2);
  });

  test('come to an end with an error', () => {
    const registry = new Registry();
    Object.defineProperty(registry.table, 'length', { value: 0x80000000, writable: true });
    expect(() => registry.claimIdp()).toThrow('all information dispatch points');
  });
});
