import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { Flip, type Listener, testBlocks } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { Engine } from './engine.js';
import { parseConfig } from './lifecycle.js';

const rm = (name: string, mode?: 'unused' | 'force' | 'later') =>
  ({ do: 'rm', name, ...(mode && { mode }) }) as const;
const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const names = (node: TestEngine) => node.engine.registry.all().map((instance) => instance.name);

describe('rm', () => {
  test('a block that nobody uses goes, its destructor runs once, its link is closed', () => {
    const node = makeEngine({ types: testBlocks });
    node.hook('eth0');
    node.add({ l: 'listener' });
    const listener = node.block<Listener>('l');
    node.act(rm('l'), rm('eth0'));
    expect([names(node), listener.closed, node.links.end('eth0').link.state()]).toEqual([[], 1, 'gone']);
  });

  test('a block in use is refused, and says who uses it', () => {
    const node = makeEngine();
    node.add({ a: 'tee', b: 'counter', c: 'counter' });
    node.act(bind('b', 'a'), { do: 'subscribe', who: 'c', to: 'a' });
    expect(() => node.act(rm('a'))).toThrow(
      'a is in use by b, c: unbind it first, or remove it with --force',
    );
    expect(() => node.act(rm('c'))).toThrow('c is in use by a');
    expect(names(node)).toEqual(['a', 'b', 'c']);
  });

  test('--force unties and unsubscribes first', () => {
    const node = makeEngine();
    node.add({ a: 'tee', b: 'counter', c: 'counter', d: 'tee' });
    node.act(bind('b', 'a'), bind('a', 'd'), { do: 'subscribe', who: 'c', to: 'a' });
    node.act({ do: 'subscribe', who: 'a', to: 'c' }, rm('a', 'force'));
    expect(node.engine.registry.all().map((one) => [one.name, one.references])).toEqual([
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ]);
    expect([...node.get('b').ports, ...node.get('d').ports].every((idp) => idp === 0)).toBe(true);
  });

  test('--later gives up the name at once and the block when its last user goes', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ l: 'listener', c: 'counter' });
    const listener = node.block<Listener>('l');
    node.act({ do: 'connect', from: 'c', port: 'ingress', to: 'l' }, rm('l', 'later'));
    expect([names(node), listener.closed]).toEqual([['c'], 0]);
    node.inject('c');
    expect(node.drops()).toEqual({ 'l unwanted': 1 }); // it still works
    node.add({ l: 'tee' }); // the name is free
    expect(node.get('l').idp).toBe(3);
    node.act({ do: 'disconnect', from: 'c', port: 'ingress' });
    expect([listener.closed, node.engine.registry.byIdp(1), node.engine.lifecycle.lingering.size]).toEqual([
      1,
      undefined,
      0,
    ]);
    expect(node.drops()).toEqual({ 'l unwanted': 1 });
  });

  test('--later: what a block holds itself does not keep it alive', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ t: 'tee', f: 'forward', g: 'forward' });
    node.act(bind('f', 't'), rm('f', 'later'));
    expect(node.engine.registry.byIdp(2)).toBeDefined();
    node.act({ do: 'disconnect', from: 't', port: 'ingress' }); // its own egress still led to t
    expect(node.engine.registry.byIdp(2)).toBeUndefined();
    expect(node.get('t').references).toBe(1);
    node.act({ do: 'connect', from: 'g', port: 'ingress', to: 'g' }, rm('g', 'later'));
    expect(node.engine.registry.byIdp(3)).toBeUndefined();
  });

  test('a nameless block whose removal is taken back stays nameless', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ l: 'listener', c: 'counter' });
    node.act({ do: 'connect', from: 'c', port: 'ingress', to: 'l' }, rm('l', 'later'), {
      do: 'add',
      name: 'l',
      type: 'tee',
    });
    const actions = [{ do: 'disconnect', from: 'c', port: 'ingress' } as const];
    node.ask({ op: 'transaction', actions, confirmSeconds: 1 });
    expect(node.engine.registry.byIdp(1)).toBeUndefined();
    node.ask({ op: 'rollback' });
    expect([node.get('l').idp, node.engine.registry.byIdp(1)?.name, names(node)]).toEqual([
      3,
      'l',
      ['c', 'l'],
    ]);
    node.inject('c');
    expect(node.drops()).toEqual({ 'l unwanted': 1 });
  });

  test('--later of a block that nobody uses is rm', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ l: 'listener' });
    const listener = node.block<Listener>('l');
    node.act(rm('l', 'later'));
    expect([names(node), listener.closed]).toEqual([[], 1]);
  });

  test('what a block holds is dropped under its own name when it goes', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ h: 'holder', other: 'counter' });
    node.inject('h');
    node.inject('h');
    node.inject('other'); // the last block that ran is another
    expect(node.engine.held()).toBe(2);
    node.act(rm('h'));
    expect(node.drops()).toEqual({ 'other unbound-port': 1, 'h kept': 2 });
    expect(node.engine.pool.free).toBe(node.engine.pool.size);
    expect(node.lines.join()).not.toContain('error');
  });

  test('a destructor that throws is logged, and stops nothing', () => {
    class Bad extends Flip {
      static override readonly kind: string = 'bad';
      close(): void {
        throw new Error('not today');
      }
    }
    const node = makeEngine({ types: [Bad] });
    node.add({ b: 'bad' });
    node.act(rm('b'));
    expect([names(node), node.lines]).toEqual([[], ['[b::bad] error in close: Error: not today']]);
  });
});

describe('add', () => {
  test('a constructor that throws leaves no link open and no block', () => {
    class Late extends Flip {
      static override readonly kind: string = 'late';
      constructor(context: ConstructorParameters<typeof Listener>[0]) {
        super();
        context.openLink({ kind: 'memory', name: 'm' }, { direction: 0 });
        throw new QuipuError('no-support', 'not this one');
      }
    }
    const node = makeEngine({ types: [Late as never] });
    expect(() => node.add({ x: 'late' })).toThrow('not this one');
    expect([names(node), node.links.end('m').link.state(), node.engine.lifecycle.active.size]).toEqual([
      [],
      'gone',
      0,
    ]);
  });

  test('options that the type does not know, and wrong ones, are refused by name', () => {
    const node = makeEngine();
    const add = (config: Record<string, unknown>) => () =>
      node.act({ do: 'add', name: 'b', type: 'bpf', config });
    expect(add({ colour: 'red' })).toThrow('b (bpf): there is no option colour; there are: filter, run');
    expect(add({ run: 'slowly' })).toThrow('b (bpf): run: ');
    expect(add({ constructor: 1 })).toThrow('there is no option constructor');
  });

  test('faults of options are told in words: unknown ones first, ranges, and what a missing one is', () => {
    const config = z.strictObject({
      rate: z.union([z.string(), z.number()]).describe('bytes a second, or 10Mbit'),
      loss: z.number().min(0).max(1).optional(),
      above: z.number().gt(0).lt(9).optional(),
      inner: z.strictObject({ size: z.int().describe('of it') }).optional(),
      plain: z.string().default(''),
    });
    const refused = (given: unknown) => {
      try {
        return parseConfig(config, given, 's (t)');
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refused({})).toBe('s (t): rate is missing: bytes a second, or 10Mbit');
    expect(refused({ rat: 5 })).toBe(
      's (t): there is no option rat (did you mean rate?); there are: rate, loss, above, inner, plain; rate is missing: bytes a second, or 10Mbit',
    );
    expect(refused({ rate: 1, loss: 2 })).toBe('s (t): loss: 2 is more than 1');
    expect(refused({ rate: 1, loss: -1, above: 0 })).toBe(
      's (t): loss: -1 is less than 0; above: 0 is not more than 0',
    );
    expect(refused({ rate: 1, above: 9 })).toBe('s (t): above: 9 is not less than 9');
    expect(refused({ rate: 1, inner: { sizes: 1 } })).toMatch(/^s \(t\): inner: there is no option sizes; /);
    expect(refused({ rate: 1, plain: 5 })).toMatch(/^s \(t\): plain: /);
    expect(refused({ rate: 1 })).toEqual({ rate: 1, plain: '' });
  });
});

describe('set', () => {
  test('merges options; null takes one away', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ w: 'wild' });
    node.act({ do: 'set', name: 'w', options: { answer: 2 } });
    expect([node.get('w').config, node.get('w').parsedConfig]).toEqual([{ answer: 2 }, { answer: 2 }]);
    node.act({ do: 'set', name: 'w', options: { answer: null } });
    expect([node.get('w').config, node.get('w').parsedConfig]).toEqual([{}, { answer: 0 }]);
  });

  test('a type without options to change says so; a wrong option changes nothing', () => {
    const node = makeEngine({ types: testBlocks });
    node.add({ c: 'counter', w: 'wild' });
    expect(() => node.act({ do: 'set', name: 'c', options: {} })).toThrow(
      'cannot be changed; replace it instead',
    );
    expect(() => node.act({ do: 'set', name: 'w', options: { answer: 'x' } })).toThrow('w (wild): answer');
    expect(node.get('w').config).toEqual({});
  });
});

test('engine.close ends every block and its links, also those that linger', () => {
  const node = makeEngine({ types: testBlocks });
  node.hook('eth0');
  node.add({ t: 'tee', l: 'listener', z: 'listener' });
  const [l, z] = [node.block<Listener>('l'), node.block<Listener>('z')];
  node.act(
    bind('t', 'eth0'),
    bind('l', 't'),
    { do: 'connect', from: 't', port: 'ingress5', to: 'z' },
    rm('z', 'later'),
  );
  node.engine.close();
  expect([l.closed, z.closed, names(node), node.links.end('eth0').link.state()]).toEqual([1, 1, [], 'gone']);
  const { active, lingering, leaving } = node.engine.lifecycle;
  expect(active.size + lingering.size + leaving.size).toBe(0);
});

test('an engine without links refuses blocks that need one', () => {
  const types = makeEngine().engine.builder.all();
  const engine = new Engine({ types, clock: { now: () => 0 }, random: () => 0 });
  const add = () => engine.transaction((all) => engine.lifecycle.add('e', 'ethernet', { link: 'eth0' }, all));
  expect(add).toThrow('this engine was made without links');
});
