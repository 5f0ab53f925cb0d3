import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { accountFaults } from '../../testing/account.js';
import { testBlocks } from '../../testing/blocks.js';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { ethernetFrame } from '../../testing/frames.js';
import { Tap } from '../tap.js';

const REFUSED = drop(0);
const ROUNDS = 4;

/** Uses every kind of thing that can be inlined. */
class Everything implements Block {
  static readonly kind = 'everything';
  static readonly summary = 'does a bit of everything';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 1 };
  static readonly config = z.strictObject({ offset: z.number().default(3) });
  static readonly counters = { packets: 'frames that came', sum: 'of some bytes' };
  static readonly drops = { refused: 'its sum was unlucky' };
  static readonly uses = { EGRESS, INGRESS, REFUSED, ROUNDS, mix };

  packets = 0;
  sum = 0;
  last = 0;
  readonly offset: number;

  constructor(_: unknown, options: { offset: number }) {
    this.offset = options.offset;
  }

  receive(frame: Frame): number {
    this.packets++;
    if (frame.direction === EGRESS) return EGRESS;
    let sum = 0;
    const skipped = 4;
    for (let i = 0; i < ROUNDS; i++) {
      if (i === skipped - 1) continue;
      sum += frame.u8(this.offset + i) + frame.u16(i) + (frame.u32(2) >>> 7);
    }
    this.sum += sum & 0xff;
    this.last = mix(sum, frame.length);
    frame.setU8(5, this.last & 0xff);
    frame.setU16(this.offset, frame.u16(this.offset + 1) + 1);
    if (frame.length >= 40 && !frame.pull(2)) return REFUSED;
    frame.push(1);
    frame.truncate(200);
    return (this.last & 3) === 0 ? REFUSED : (this.last & 3) === 1 ? 2 : INGRESS;
  }
}

function mix(a: number, b: number): number {
  return Math.imul(a ^ b, 0x45d9f3b) >>> 16;
}

function tied(warmFrames: number, ...upper: string[]): TestEngine {
  const node = makeEngine({ types: [...testBlocks, Everything], fusion: { warmFrames } });
  node.hook('eth0');
  upper.forEach((type, i) => {
    node.act({ do: 'add', name: `b${i}`, type });
    node.act({ do: 'bind', upper: `b${i}`, lower: i === 0 ? 'eth0' : `b${i - 1}` });
  });
  return node;
}

const source = (node: TestEngine) => node.get('eth0').entries[0].batchSource?.text ?? '';
const send = (node: TestEngine, count: number) => {
  for (let i = 0; i < count; i++) node.arrive('eth0', ethernetFrame());
};

describe('a fused function', () => {
  test('is straight code: no call, no branch for what is certain', () => {
    const node = tied(1, 'forward', 'counter', 'forward', 'discard');
    send(node, 3);
    const text = source(node);
    expect(text).toMatch(
      /\/\/ b1: counter, IDP 3\n *at = 2;\n *b1\$\d+_packets_sum\+\+;\n *b1\$\d+_bytes_sum \+= f\.length;\n/,
    );
    expect(text).not.toMatch(/receive\(|f\.direction ===|e\.at/);
    expect(node.block<Block & { packets: number }>('b1').packets).toBe(3);
    expect(node.engine.totals().invocations).toBe(15);
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('comes when enough frames have come, goes with a change, and is not made without need', () => {
    const node = tied(10, 'counter', 'discard');
    send(node, 9);
    expect(source(node)).toBe('');
    send(node, 2);
    expect(source(node)).not.toBe('');
    expect(node.ask({ op: 'show', name: 'b0' })).toMatchObject({ engine: 'fused' });
    node.act({ do: 'add', name: 'late', type: 'forward' });
    expect(node.ask({ op: 'show', name: 'b0' })).toMatchObject({
      engine: 'dispatch',
      engineWhy: expect.stringContaining('cold'),
    });
    send(node, 5);
    expect(source(node)).toBe('');
    expect(node.block<Block & { packets: number }>('b0').packets).toBe(16);
  });

  test('makes room for the reference while somebody looks on, and is there again afterwards', () => {
    const node = tied(1, 'counter', 'discard');
    send(node, 2);
    let seen = 0;
    const tap = new Tap(node.get('b0').idp, null, () => seen++);
    node.engine.observers.addTap(tap);
    send(node, 3);
    expect(node.ask({ op: 'show', name: 'b0' })).toMatchObject({
      engine: 'dispatch',
      engineWhy: 'a tap or a trace looks at every frame',
    });
    node.engine.observers.removeTap(tap);
    send(node, 4);
    expect(seen).toBe(3);
    expect(node.block<Block & { packets: number }>('b0').packets).toBe(9);
    expect(node.ask({ op: 'show', name: 'b0' })).toMatchObject({ engine: 'fused' });
  });

  test('calls a block that is not portable, and says why', () => {
    const node = tied(1, 'counter', 'wild', 'discard');
    send(node, 3);
    expect(source(node)).toContain('.receive(f, e)');
    expect(node.ask({ op: 'show', name: 'b1' })).toMatchObject({
      engine: 'fused',
      engineWhy: expect.stringMatching(
        /^called from the function for eth0 \(ingress\): line \d+ of wild's receive has /,
      ),
    });
    expect(node.ask({ op: 'engine', source: true })).toMatchObject({
      engines: [{ engine: 0, entries: [{ block: 'eth0', direction: 'ingress', runs: 'fused', frames: 3 }] }],
    });
  });

  test('counts the calls before a failure, and drops the frame at the block that failed', () => {
    const node = tied(1, 'counter', 'wild');
    send(node, 1);
    const { invocations } = node.engine.totals();
    (node.block('b1') as unknown as { answer: unknown }).answer = 'throw';
    send(node, 1);
    expect(node.engine.totals().invocations - invocations).toBe(3);
    expect(node.drops()['b1 block-error']).toBe(1);
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('ends at the back edge of a cycle, and at the hop limit as the reference does', () => {
    const node = tied(1, 'flip', 'flip');
    node.act({ do: 'connect', from: 'b1', port: 'ingress', to: 'b0' });
    node.act({ do: 'disconnect', from: 'b0', port: 'egress' });
    node.act({ do: 'connect', from: 'b0', port: 'egress', to: 'b1' });
    send(node, 6);
    expect(source(node)).toContain('e.jump');
    expect(Object.entries(node.drops())).toEqual([[expect.stringContaining('hop-limit'), 6]]);
    expect(node.engine.totals().invocations).toBe(6 * 256);
  });

  test('of a chain longer than one function goes on in another', () => {
    const node = tied(1, ...Array.from({ length: 230 }, () => 'counter'), 'discard');
    send(node, 4);
    expect(source(node)).toContain('e.jump');
    expect(node.block<Block & { packets: number }>('b229').packets).toBe(4);
    expect(node.engine.totals().invocations).toBe(4 * 232);
  });

  test('does with everything that can be inlined what the reference does', () => {
    const nodes = [makeNode(false), makeNode(true)];
    const frames = Array.from({ length: 300 }, (_, i) =>
      Uint8Array.from(
        { length: 14 + ((i * 7) % 250) },
        (_, j) => (i * 31 + j * j * 17) & (j === 6 ? 0xfe : 0xff),
      ),
    );
    const pictures = nodes.map((node) => {
      for (const bytes of frames) node.arrive('eth0', bytes);
      const { entries } = node.get('eth0');
      expect(entries[0].refusal).toBe('');
      return {
        status: node.ask<object>({ op: 'status' }),
        x: { ...node.block('x') },
        out: node.links.end('out').take(),
      };
    });
    expect(pictures[1]).toEqual(pictures[0]);
    expect(source(nodes[1] as TestEngine)).toContain('// x: everything');
    expect(source(nodes[1] as TestEngine)).not.toContain('called');
  });
});

test('a batch whose frames multiply leaves the same for the next turn in both engines', () => {
  const turns = [false, true].map((fuse) => {
    const node = makeEngine({ pool: { size: 4096 }, fusion: { fuse, warmFrames: 1 } });
    node.hook('eth0');
    node.add({ c: 'counter', t: 'tee', u: 'tee', v: 'tee', end: 'discard' });
    node.act(
      { do: 'connect', from: 'eth0', port: 'ingress', to: 'c' },
      { do: 'connect', from: 'c', port: 'ingress', to: 't' },
    );
    for (const [from, to] of [
      ['t', 'u'],
      ['u', 'v'],
      ['v', 'end'],
    ] as const) {
      for (let i = 0; i < 8; i++) node.act({ do: 'connect', from, port: `ingress${i || ''}`, to });
    }
    send(node, 2);
    expect(source(node) !== '').toBe(fuse);
    const seen = [];
    for (let i = 0; i < 64; i++) node.links.end('eth0').inject(ethernetFrame());
    for (let i = 0; i < 20; i++) {
      node.engine.turn();
      seen.push([node.engine.accounts.invocations, node.engine.dispatch.backlog.length, node.drops()]);
    }
    return seen;
  });
  expect(turns[1]).toEqual(turns[0]);
  expect(turns[0]?.filter(([, backlog]) => backlog !== 0)).not.toEqual([]); // else the allowance was never spent
});

test('what a filter cuts keeps its direction: no question about it behind the filter', () => {
  const node = makeEngine({ fusion: { warmFrames: 1 } });
  node.hook('eth0');
  node.act({ do: 'add', name: 'b', type: 'bpf', config: { filter: 'ip' } });
  node.add({ c: 'counter', end: 'discard' });
  node.act(
    { do: 'bind', upper: 'b', lower: 'eth0' },
    { do: 'bind', upper: 'c', lower: 'b' },
    { do: 'bind', upper: 'end', lower: 'c' },
  );
  send(node, 2);
  expect(source(node)).toContain('// c: counter');
  expect(source(node)).not.toContain('f.direction ===');
});

function makeNode(fuse: boolean): TestEngine {
  const node = makeEngine({ types: [Everything], fusion: { fuse, warmFrames: 1 } });
  node.hook('eth0', 'out');
  node.act({ do: 'add', name: 'x', type: 'everything', config: { offset: 9 } });
  node.act({ do: 'connect', from: 'eth0', port: 'ingress', to: 'x' });
  node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'out' });
  node.act({ do: 'connect', from: 'x', port: 'ingress1', to: 'out' });
  return node;
}
