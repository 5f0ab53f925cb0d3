import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Block } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import type { ActionInput } from '../control/actions.js';
import { accountFaults } from '../testing/account.js';
import { Flip, Holder, Spawner } from '../testing/blocks.js';
import { makeEngine } from '../testing/engine.js';
import { EngineGroup, type EngineGroupOptions } from '../testing/engine-group.js';
import { ethernetFrame, numberedFrame, numberOf } from '../testing/frames.js';
import type { Engine } from './engine.js';

/** Counts frames, once for the node, and passes them on. */
class One implements Block {
  static readonly kind = 'one';
  static readonly summary = 'is one for the whole node';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({ mood: z.enum(['good', 'fair']).default('good') });
  static readonly counters = { packets: 'frames that came' };
  static readonly drops = {};
  static readonly shared = true;

  packets = 0;
  mood = '';

  constructor(_context: unknown, options: { mood: string }) {
    this.mood = options.mood;
  }

  configure(options: { mood: string }): void {
    this.mood = options.mood;
  }

  receive(frame: Frame): number {
    this.packets++;
    return frame.direction;
  }
}

const group = (options: EngineGroupOptions = {}) =>
  new EngineGroup({ types: [One, Flip, Holder, Spawner], ...options });
const add = (name: string, type: string, config: Record<string, unknown> = {}): ActionInput => ({
  do: 'add',
  name,
  type,
  config,
});
const bind = (upper: string, lower: string): ActionInput => ({ do: 'bind', upper, lower });
const split = (name: string) =>
  add(name, 'ethernet', { link: { kind: 'memory', name, split: true, limit: 1024 } });

function inject(
  engine: Engine,
  name: string,
  bytes: Uint8Array,
  change: (frame: Frame) => void = () => {},
): void {
  const frame = engine.pool.allocate()!;
  frame.fill(bytes);
  change(frame);
  engine.inject(frame, engine.registry.find(name).idp, 0);
}

const counter = (engine: Engine, name: string) =>
  (engine.registry.find(name).block as unknown as { packets: number }).packets;
const drops = (nodes: EngineGroup) =>
  nodes.engines
    .flatMap((engine) => engine.drops())
    .map((line) => `${line.block} ${line.reason} ${line.count}`);

describe('a block that is one for the node', () => {
  test('gets the frames of all engines, with all that they carry, and they go on where it lives', () => {
    const node = group();
    const [home, other] = node.engines;
    node.act(add('x', 'one'), add('end', 'counter'), split('out'), bind('end', 'x'), {
      do: 'connect',
      from: 'end',
      port: 'ingress',
      to: 'out',
    });
    inject(other, 'x', numberedFrame(7), (frame) => Object.assign(frame, { mark: 5, nextHop: 0xc0a80001 }));
    expect(node.faults()).toEqual([]);
    expect([counter(other, 'x'), other.exchange.crossedOut, node.wakes]).toEqual([0, 1, [1, 0]]);
    let seen: Partial<Frame> = {};
    const { block } = home.registry.find('end');
    const receive = block.receive.bind(block);
    block.receive = (frame, engine) => {
      seen = { mark: frame.mark, nextHop: frame.nextHop, hops: frame.hops, direction: frame.direction };
      return receive(frame, engine);
    };
    node.settle();
    expect(seen).toEqual({ mark: 5, nextHop: 0xc0a80001, hops: 2, direction: 0 }); // x and end: not x twice
    expect(node.links[0].end('out').take().map(numberOf)).toEqual([7]);
    expect(node.links[1].end('out').take()).toEqual([]);
    expect([counter(home, 'x'), counter(home, 'end'), counter(other, 'end')]).toEqual([1, 1, 0]);
    node.close();
    expect(node.faults()).toEqual([]);
    expect(node.engines.map(({ pool }) => pool.free)).toEqual([256, 256]);
  });

  test('is configured and replaced as one, and its crossings with it', () => {
    const node = group();
    node.act(add('x', 'one'), add('end', 'discard'), bind('end', 'x'));
    node.act({ do: 'set', name: 'x', options: { mood: 'fair' } });
    inject(node.engines[1], 'x', ethernetFrame());
    node.settle();
    node.act(add('y', 'one'), { do: 'replace', old: 'x', new: 'y' });
    inject(node.engines[1], 'y', ethernetFrame());
    node.settle();
    expect(counter(node.engines[0], 'y')).toBe(2);
    expect(node.engines.map(({ registry }) => registry.find('y').idp)).toEqual([1, 1]);
    expect(node.faults()).toEqual([]);
    // A crossing tells by its type what it stands for, and that alone.
    const { kind, portable, counters } = node.engines[1].registry.find('y').type;
    expect({ kind, portable, counters }).toEqual({ kind: 'one', portable: false, counters: One.counters });
    expect(node.engines[1].registry.find('y').block.details?.()).toEqual({ crossed: 1, home: 0 });
  });

  test('keeps what was counted elsewhere when it takes the place of blocks of its kind', () => {
    const node = group();
    node.act(split('a'), add('end', 'discard'), bind('end', 'a'));
    for (const [i, links] of node.links.entries()) {
      for (let n = 0; n <= i; n++) links.end('a').inject(ethernetFrame());
    }
    node.settle();
    node.act(add('b', 'ethernet', { link: { kind: 'memory', name: 'b' } }), {
      do: 'replace',
      old: 'a',
      new: 'b',
    });
    const received = node.engines.map(
      ({ registry }) => (registry.find('b').block as unknown as { received: number }).received,
    );
    expect(received).toEqual([1, 2]);
  });

  test('drops what finds no room, and counts it where that happens', () => {
    const node = group({ ringBytes: 4096 });
    node.act(add('x', 'one'), add('end', 'discard'), bind('end', 'x'));
    for (let i = 0; i < 40; i++) inject(node.engines[1], 'x', ethernetFrame({ length: 200 }));
    node.settle();
    const lines = node.engines[1].drops();
    expect(lines.map(({ block, reason }) => `${block} ${reason}`)).toEqual(['x channel-full']);
    expect(counter(node.engines[0], 'x') + lines[0].count).toBe(40);
    expect(lines[0].count).toBeGreaterThan(10);
    expect(node.faults()).toEqual([]);
  });

  test('leaves frames in the ring while its engine has no frame for them', () => {
    const node = group({ pool: { size: 4, slotSize: 512, headroom: 64 } });
    node.act(add('x', 'one'), add('end', 'discard'), bind('end', 'x'));
    const taken = [1, 2, 3, 4].map(() => node.engines[0].pool.allocate()!);
    for (let i = 0; i < 6; i++) inject(node.engines[1], 'x', ethernetFrame());
    node.settle();
    expect(counter(node.engines[0], 'x')).toBe(0);
    for (const frame of taken) node.engines[0].pool.release(frame);
    node.settle();
    expect(counter(node.engines[0], 'x')).toBe(6);
    expect(drops(node)).toEqual([]);
  });
});

test('IDPs stay the same in all engines, also behind a change that one of them refuses', () => {
  const node = group();
  expect(() => node.act(add('a', 'one'), add('b', 'ethernet', { link: { kind: 'broken' } }))).toThrow(
    'cannot be opened',
  );
  node.act(add('c', 'one'), add('d', 'counter'));
  const idps = node.engines.map(({ registry }) => registry.all().map(({ name, idp }) => `${name} ${idp}`));
  expect(idps).toEqual([idps[0], idps[0]]);
  expect(idps[0].map((text) => text.slice(0, 1))).toEqual(['c', 'd']);
});

describe('a channel', () => {
  test('hands frames to the next engine and round to the first, in their order', () => {
    const node = group({ engines: 3 });
    node.act(split('in'), add('way', 'channel'), split('out'), bind('way', 'in'), {
      do: 'connect',
      from: 'way',
      port: 'ingress',
      to: 'out',
    });
    for (let i = 0; i < 50; i++) {
      for (const [e, links] of node.links.entries()) links.end('in').inject(numberedFrame(1000 * e + i));
      if (i % 7 === 0) node.turn();
    }
    node.settle();
    for (const [e, links] of node.links.entries()) {
      const from = (e + 2) % 3;
      const numbers = links.end('out').take().map(numberOf);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => 1000 * from + i));
    }
    expect(node.faults()).toEqual([]);
  });

  test('names an engine, modulo those that there are; at that engine it puts off', () => {
    const node = group();
    node.act(add('way', 'channel', { engine: 3 }), add('count', 'counter'), add('end', 'discard'));
    node.act(bind('count', 'way'), bind('end', 'count'));
    for (const engine of node.engines) inject(engine, 'way', ethernetFrame());
    expect(node.engines.map((engine) => engine.held())).toEqual([0, 1]);
    expect(node.faults()).toEqual([]);
    node.settle();
    expect(node.engines.map((engine) => counter(engine, 'count'))).toEqual([0, 2]);
  });

  test('of the only engine puts frames off to the next turn, as many as it may, and a change waits for them', () => {
    const node = makeEngine();
    node.act(add('way', 'channel', { limit: 3 }), add('count', 'counter'), add('end', 'discard'));
    node.act(bind('count', 'way'), bind('end', 'count'));
    for (let i = 0; i < 5; i++) node.inject('way');
    expect([node.engine.held(), counter(node.engine, 'count'), node.drops()]).toEqual([
      3,
      0,
      { 'way channel-full': 2 },
    ]);
    expect(node.engine.turn()).toBe(3);
    expect([node.engine.held(), counter(node.engine, 'count')]).toEqual([0, 3]);
    for (let i = 0; i < 2; i++) node.inject('way');
    node.act({ do: 'rm', name: 'way', mode: 'force' });
    expect(counter(node.engine, 'count')).toBe(5);
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('in a cycle with itself lets a frame go when it has gone round often enough', () => {
    const node = makeEngine();
    node.act(add('way', 'channel'), { do: 'connect', from: 'way', port: 'ingress', to: 'way' });
    node.inject('way');
    node.settle();
    expect(node.drops()).toEqual({ 'way hop-limit': 1 });
  });

  test('that leads nowhere drops there, and nothing is lost between the engines', () => {
    const node = group();
    node.act(add('way', 'channel'));
    inject(node.engines[0], 'way', ethernetFrame());
    node.settle();
    expect(drops(node)).toEqual(['way unbound-port 1']);
    expect(node.faults()).toEqual([]);
  });
});

describe('before a change', () => {
  test('everything that is on its way gets to its end under the old graph', () => {
    const node = group();
    node.act(
      add('x', 'one'),
      add('back', 'channel', { engine: 1 }),
      add('count', 'counter'),
      add('end', 'discard'),
    );
    node.act(bind('back', 'x'), bind('count', 'back'), bind('end', 'count'));
    for (let i = 0; i < 100; i++) inject(node.engines[1], 'x', ethernetFrame());
    node.act({ do: 'rm', name: 'count', mode: 'force' });
    expect(drops(node)).toEqual([]);
    expect(node.engines[1].totals().consumed).toBe(100);
    expect(node.engines[0].exchange.quiet()).toBe(true);
    expect(node.faults()).toEqual([]);
  });

  test('what waits for a link finds room in its queue: a change loses nothing', () => {
    const node = group({ pool: { size: 1024, slotSize: 128, headroom: 0 } });
    node.act(add('x', 'one'), add('out', 'ethernet', { link: { kind: 'memory', name: 'out' }, queue: 64 }));
    node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'out' });
    for (let i = 0; i < 300; i++) inject(node.engines[1], 'x', numberedFrame(i));
    node.act(add('y', 'one'));
    expect(drops(node)).toEqual([]);
    expect(node.links[0].end('out').take().map(numberOf)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('what finds no free frame then is dropped: the change does not wait for ever', () => {
    const node = group({ pool: { size: 4, slotSize: 512, headroom: 64 } });
    node.act(add('x', 'one'), add('end', 'discard'), bind('end', 'x'));
    const taken = [1, 2, 3, 4].map(() => node.engines[0].pool.allocate()!);
    for (let i = 0; i < 6; i++) inject(node.engines[1], 'x', ethernetFrame());
    node.act({ do: 'rm', name: 'end', mode: 'force' });
    expect(drops(node)).toEqual(['x pool-empty 6']);
    for (const frame of taken) node.engines[0].pool.release(frame);
    expect(node.faults()).toEqual([]);
  });

  test('frames that multiply between engines without end are dropped at last', () => {
    const node = group({ pool: { size: 64, slotSize: 128, headroom: 0 } });
    node.act(add('t', 'tee'), add('way', 'channel'), bind('way', 't'));
    node.act({ do: 'connect', from: 't', port: 'ingress1', to: 'way' });
    node.act({ do: 'connect', from: 'way', port: 'ingress', to: 't' });
    inject(node.engines[0], 't', ethernetFrame({ length: 20 }));
    for (let i = 0; i < 20; i++) node.turn();
    node.act({ do: 'rm', name: 't', mode: 'force' });
    expect(node.engines[0].exchange.quiet()).toBe(true);
    expect(node.faults()).toEqual([]);
    expect(drops(node).some((line) => line.includes('hop-limit'))).toBe(true);
    node.close();
    expect(node.engines.map(({ pool }) => pool.free)).toEqual([64, 64]);
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const TYPES = ['one', 'channel', 'counter', 'tee', 'flip', 'holder', 'spawner', 'forward', 'discard'];
const name = fc.constantFrom(...NAMES);
const edge = fc.record({
  from: name,
  port: fc.constantFrom('ingress', 'egress', 'ingress1', 'ingress2'),
  to: fc.constantFrom(...NAMES, 'out'),
});
const step = fc.record({
  engine: fc.nat(2),
  into: name,
  length: fc.integer({ min: 20, max: 300 }),
  turns: fc.nat(2),
});

test('the accounts of all engines are right in any graph, at any moment, and pools are whole at the end', () => {
  fc.assert(
    fc.property(
      fc.tuple(...NAMES.map(() => fc.constantFrom(...TYPES))),
      fc.array(edge, { maxLength: 14 }),
      fc.array(fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: edge }), { maxLength: 40 }),
      (types, edges, steps) => {
        const node = group({ engines: 3, ringBytes: 4096, pool: { size: 24, slotSize: 512, headroom: 64 } });
        const tie = (one: { from: string; port: string; to: string }) => {
          try {
            node.act({ do: 'connect', ...one });
          } catch {
            // the port is bound, or not there
          }
        };
        node.act(split('out'), ...NAMES.map((of, i) => add(of, types[i])));
        edges.forEach(tie);
        for (const one of steps) {
          if ('from' in one) tie(one);
          else if (node.engines[one.engine].pool.free > 0) {
            inject(node.engines[one.engine], one.into, ethernetFrame({ length: one.length }));
            for (let i = 0; i < one.turns; i++) node.turn();
          }
          expect(node.faults()).toEqual([]);
        }
        node.close();
        expect(node.faults()).toEqual([]);
        expect(node.engines.map(({ pool }) => pool.free)).toEqual([24, 24, 24]);
        const [sent, came] = node.engines.reduce(
          ([out, into], { exchange }) => [out + exchange.crossedOut, into + exchange.crossedIn],
          [0, 0],
        );
        expect(came).toBe(sent);
      },
    ),
    { seed: 51, numRuns: 150 },
  );
});
