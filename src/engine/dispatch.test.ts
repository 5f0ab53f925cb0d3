import { describe, expect, test } from 'vitest';
import { EGRESS, INGRESS } from '../contract/direction.js';
import { HELD } from '../contract/outcome.js';
import { accountFaults } from '../testing/account.js';
import { type Flip, type Holder, type Spawner, testBlocks, type Wild } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, numberedFrame, numberOf } from '../testing/frames.js';
import { HOP_LIMIT } from './limits.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;

function nodeWith(blocks: Record<string, string>, ...binds: string[]): TestEngine {
  const node = makeEngine({ types: testBlocks });
  node.add(blocks);
  for (const pair of binds) node.act(bind(pair.split(' ')[0], pair.split(' ')[1]));
  return node;
}
const whole = (node: TestEngine) => {
  expect(accountFaults(node.engine)).toEqual([]);
  expect(node.engine.pool.free).toBe(node.engine.pool.size);
};

test('a frame goes from block to block until its end, both ways', () => {
  const node = nodeWith({ low: 'counter', mid: 'forward', top: 'discard' }, 'mid low', 'top mid');
  node.act(connect('low', 'egress', 'top'));
  node.inject('low', INGRESS, ethernetFrame({ length: 100 }));
  node.inject('mid', EGRESS);
  expect(node.block('low')).toMatchObject({ packets: 2, bytes: 160 });
  expect(node.block('top')).toMatchObject({ packets: 2, bytes: 160 });
  expect(node.engine.totals()).toMatchObject({
    in: 2,
    inBytes: 160,
    consumed: 2,
    frames: 2,
    bytes: 160,
    invocations: 6,
  });
  whole(node);
});

test('a block can turn a frame round', () => {
  const node = nodeWith({ low: 'counter', top: 'flip' }, 'top low');
  node.hook('eth0');
  node.act(bind('low', 'eth0'));
  node.arrive('eth0', numberedFrame(1), numberedFrame(2));
  expect(node.links.end('eth0').take().map(numberOf)).toEqual([1, 2]);
  expect(node.block('low')).toMatchObject({ packets: 4 });
  expect(node.engine.totals()).toMatchObject({ in: 2, out: 2, outBytes: 120 });
  whole(node);
});

describe('the backlog', () => {
  test('copies go after the original has gone its way', () => {
    const node = nodeWith(
      { t: 'tee', u: 'tee', a: 'wild', b: 'wild', c: 'wild', d: 'wild' },
      'u t',
      'd t',
      'a u',
      'b u',
      'c u',
    );
    const order: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const answer = node.block<Wild>(name).receive.bind(node.block(name));
      node.block<Wild>(name).receive = () => {
        order.push(name);
        return answer();
      };
    }
    node.inject('t');
    // The original through u to a; then t's copy for d, which was made first; then u's copies.
    expect(order).toEqual(['a', 'd', 'b', 'c']);
    expect(node.engine.totals()).toMatchObject({ in: 1, created: 3, dropped: 4 });
    whole(node);
  });

  test('a copy has bytes and metadata of its own', () => {
    const node = nodeWith({ t: 'tee', a: 'holder', b: 'holder' }, 'a t', 'b t');
    const bytes = ethernetFrame({ length: 80 });
    const frame = node.engine.pool.allocate()!;
    frame.push(20);
    frame.fill(bytes);
    Object.assign(frame, {
      mark: 7,
      vlanTag: 5,
      vlanPresent: 1,
      queue: 3,
      hash: 9,
      cpu: 1,
      timestamp: 12.5,
      protocol: 0x800,
    });
    node.engine.inject(frame, node.get('t').idp, 0);
    const [original, copy] = [node.block<Holder>('a').queue[0], node.block<Holder>('b').queue[0]];
    expect(original).toBe(frame);
    expect(copy).toMatchObject({
      mark: 7,
      vlanTag: 5,
      vlanPresent: 1,
      queue: 3,
      hash: 9,
      cpu: 1,
      timestamp: 12.5,
      hops: 2,
    });
    expect(copy.start - copy.slotOffset).toBe(frame.start - frame.slotOffset);
    original.setU8(0, 0xee);
    expect([copy.u8(0), copy.length]).toEqual([bytes[0], 80]);
  });

  test('an empty pool costs the copy, not the frame, and is counted', () => {
    const node = makeEngine({ pool: { size: 2 } });
    node.add({ t: 'tee', a: 'counter', b: 'counter', c: 'counter' });
    node.act(bind('a', 't'), bind('b', 't'), bind('c', 't'));
    node.inject('t');
    expect([node.block('a'), node.block('b'), node.block('c')]).toMatchObject([
      { packets: 1 },
      { packets: 1 },
      { packets: 0 },
    ]);
    expect(node.drops()).toMatchObject({ 't pool-empty': 1 });
    whole(node);
  });

  test('a copy for a port that leads nowhere is dropped there', () => {
    const node = nodeWith({ t: 'tee', a: 'discard' }, 'a t');
    const tee = node.block<{ receive: unknown } & Wild>('t');
    tee.receive = ((frame: never, engine: { copy(f: never, p: number): void }) => {
      engine.copy(frame, 8);
      engine.copy(frame, 9999);
      return 0;
    }) as never;
    node.inject('t');
    expect(node.drops()).toEqual({ 't unbound-port': 2 });
    whole(node);
  });
});

describe('a frame stops', () => {
  test('at a port that leads nowhere, also one past the end of the table', () => {
    const node = nodeWith({ w: 'wild' });
    for (const answer of [0, 1, 2, 4, 1000]) {
      node.block<Wild>('w').answer = answer;
      node.inject('w');
    }
    expect(node.drops()).toEqual({ 'w unbound-port': 5 });
    whole(node);
  });

  test('at an information dispatch point that no block holds', () => {
    const node = nodeWith({ w: 'wild' });
    node.get('w').ports[0] = 77;
    node.inject('w');
    for (const idp of [0, 99, -1]) node.engine.inject(node.engine.pool.allocate()!, idp, 0);
    const behind = node.engine.pool.allocate()!;
    behind.link = node.get('w').idp;
    node.engine.inject(behind, 99, 0);
    expect(node.drops()).toEqual({ 'w invalid-idp': 2, '(engine) invalid-idp': 3 });
    whole(node);
  });

  test('for the reason that the block declares', () => {
    const node = nodeWith({ w: 'wild' });
    node.block<Wild>('w').answer = -17;
    node.inject('w', 0, Uint8Array.of(1, 2, 0xab));
    expect(node.engine.drops()).toEqual([
      { block: 'w', reason: 'second', text: 'the second reason', count: 1, sample: '0102ab' },
    ]);
    node.inject('w', 0, new Uint8Array(100).fill(7));
    expect(node.engine.drops()[0].sample).toBe('07'.repeat(48));
    whole(node);
  });

  test('after it has entered exactly 256 blocks', () => {
    const node = nodeWith({ a: 'flip', b: 'flip' });
    node.act(connect('a', 'egress', 'b'), connect('b', 'ingress', 'a'));
    node.inject('a');
    expect(HOP_LIMIT).toBe(256);
    expect([node.block<Flip>('a').packets, node.block<Flip>('b').packets]).toEqual([128, 128]);
    expect(node.engine.totals().invocations).toBe(256);
    expect(node.drops()).toEqual({ 'a hop-limit': 1 });
    whole(node);
  });

  test('in a cycle through a tee, with all its copies', () => {
    const node = makeEngine({ pool: { size: 8 } });
    node.add({ t: 'tee', f: 'forward' });
    node.act(connect('t', 'ingress', 'f'), connect('f', 'ingress', 't'), connect('t', 'ingress1', 't'));
    node.inject('t');
    const drops = node.drops();
    expect(Object.keys(drops).sort()).toEqual(['f hop-limit', 't hop-limit', 't pool-empty']);
    whole(node);
  });

  test('in a cycle of a block that answers every frame with a new one', () => {
    const node = nodeWith({ s: 'spawner' });
    node.act(connect('s', 'ingress', 's'));
    node.inject('s');
    expect(node.block<Spawner>('s').made).toBe(256);
    expect(node.drops()).toEqual({ 's hop-limit': 1 });
    whole(node);
  });
});

describe('a block that misbehaves', () => {
  test.each([
    'throw',
    -3,
    -15,
    -18 - 100,
    Number.NaN,
    -Infinity,
    1.5,
  ] as const)('(%s) costs its frame only', (answer) => {
    const node = nodeWith({ w: 'wild', c: 'counter', end: 'discard' }, 'w c', 'end w');
    node.block<Wild>('w').answer = answer;
    node.inject('c');
    const [[reason, count]] = Object.entries(node.drops());
    expect([reason, count]).toEqual([
      typeof answer === 'number' && !(answer < 0) ? 'w unbound-port' : 'w block-error',
      1,
    ]);
    node.block<Wild>('w').answer = 0;
    node.inject('c');
    expect(node.block('end')).toMatchObject({ packets: 1 });
    whole(node);
  });

  test('is logged the first, second, fourth … time', () => {
    const node = nodeWith({ w: 'wild' });
    node.block<Wild>('w').answer = 'throw';
    for (let i = 0; i < 9; i++) node.inject('w');
    expect(node.lines).toEqual(
      [1, 2, 4, 8].map((n) => `[w::wild] error in receive (${n} so far): Error: wild`),
    );
  });

  test('and throws after it has ended its frame itself: nothing is released twice', () => {
    const node = nodeWith({ w: 'wild' });
    node.block<Wild>('w').receive = ((frame: never, engine: { discard(f: never, r: number): void }) => {
      engine.discard(frame, 0);
      throw new Error('too late');
    }) as never;
    node.inject('w');
    expect(node.drops()).toEqual({ 'w first': 1 });
    whole(node);
  });

  test('a block that uses the engine when it does not run is told so', () => {
    const node = nodeWith({ c: 'counter' });
    node.inject('c');
    expect(() => node.engine.dispatch.create()).toThrow('no block is running');
  });
});

describe('held frames', () => {
  test('are counted as held, go on later in order, and are dropped when their block goes', () => {
    const node = nodeWith({ h: 'holder', c: 'counter', end: 'discard' }, 'c h', 'end c');
    for (let i = 0; i < 5; i++) node.inject('h', 0, numberedFrame(i));
    expect(node.engine.held()).toBe(2);
    expect(node.block('end')).toMatchObject({ packets: 3 });
    expect(node.block<Holder>('h').queue.map((frame) => frame.u32(14))).toEqual([3, 4]);
    expect(accountFaults(node.engine)).toEqual([]);
    node.engine.close();
    expect(node.drops()).toEqual({ 'h kept': 2 });
    whole(node);
  });

  test('HELD is all the engine wants to know', () => {
    const node = nodeWith({ w: 'wild' });
    node.block<Wild>('w').answer = HELD;
    node.inject('w');
    expect(node.engine.totals().dropped).toBe(0);
    expect(node.engine.pool.free).toBe(node.engine.pool.size - 1);
  });
});

describe('a turn', () => {
  test('is bounded: a graph that multiplies frames leaves room for everybody else, and comes to its end', () => {
    const node = makeEngine({ pool: { size: 24 } });
    node.hook('eth0', 'eth1', 'eth2');
    node.add({ t: 'tee' });
    node.act(
      bind('t', 'eth0'),
      connect('t', 'ingress', 't'),
      connect('t', 'ingress1', 't'),
      connect('eth1', 'ingress', 'eth2'),
    );
    node.links.end('eth0').inject(ethernetFrame());
    let turns = 0;
    let most = 0;
    for (let before = 0; node.engine.turn() > 0; turns++) {
      const { invocations } = node.engine.accounts;
      most = Math.max(most, invocations - before);
      before = invocations;
      expect(accountFaults(node.engine)).toEqual([]);
      if (turns === 3) {
        node.links.end('eth1').inject(numberedFrame(7));
        node.engine.turn();
        before = node.engine.accounts.invocations;
        expect(node.links.end('eth2').take().map(numberOf)).toEqual([7]);
      }
    }
    expect(turns).toBeGreaterThan(10);
    expect(most).toBeLessThan(20_000 + 2 * HOP_LIMIT);
    whole(node);
  });
});
