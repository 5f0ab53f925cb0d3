import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { accountFaults } from '../../testing/account.js';
import { makeEngine } from '../../testing/engine.js';
import { EngineGroup } from '../../testing/engine-group.js';
import { ethernetFrame } from '../../testing/frames.js';

const uses = { TWO: 2, ROUNDS: 3, PLACE: 1, look, turn, keep, countOf };

function look(frame: Frame): number {
  return frame.hops * 100 + frame.nextIdp;
}
function turn(frame: Frame): number {
  frame.direction = frame.direction === 0 ? 1 : 0;
  frame.truncate(3);
  return 0;
}
/** Whatever it gets, it is the last frame that was kept. */
function keep(on: { kept: Frame }): number {
  on.kept.truncate(3);
  return 0;
}
function countOf(block: { packets: number }): number {
  return block.packets;
}

/** A block whose `receive` has this text. */
function blockOf(receive: string): BlockClass {
  const make = new Function(
    'uses',
    `const { ${Object.keys(uses).join(', ')} } = uses; return class { ${receive} };`,
  );
  const { prototype } = make(uses) as { prototype: Block };
  class Made {
    static readonly kind = 'made';
    static readonly summary = 'made by a test';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 3, egress: 1 };
    static readonly config = z.strictObject({});
    static readonly counters = { packets: 'frames', sum: 'of something' };
    static readonly drops = { refused: 'told so' };
    static readonly uses = uses;
    packets = 0;
    sum = 0;
    n = 0;
    readonly table = [0, 0, 0, 0, 0, 0, 0, 0];
    readonly ports: Int32Array;
    kept: Frame | null = null;
    constructor(context: BlockContext) {
      this.ports = context.ports;
    }
    get count(): number {
      return this.packets;
    }
    readPackets(): number {
      return this.packets;
    }
    details(): Record<string, unknown> {
      return { n: String(this.n), table: this.table.map(String) };
    }
  }
  const { receive: method } = Object.getOwnPropertyDescriptors(prototype);
  Object.defineProperty(Made.prototype, 'receive', method as PropertyDescriptor);
  return Made as unknown as BlockClass;
}

/** What comes of frames that go through two such blocks: up, up again by another port, or down. */
function story(receive: string, fuse: boolean): { seen: unknown; parts: string[]; why: string } {
  const node = makeEngine({ types: [blockOf(receive)], fusion: { fuse, warmFrames: 1 } });
  node.hook('eth0', 'out');
  node.act(
    { do: 'add', name: 'x', type: 'made' },
    { do: 'add', name: 'y', type: 'made' },
    { do: 'connect', from: 'eth0', port: 'ingress', to: 'x' },
    { do: 'connect', from: 'x', port: 'ingress', to: 'y' },
    { do: 'connect', from: 'x', port: 'egress', to: 'out' },
    { do: 'connect', from: 'y', port: 'ingress', to: 'out' },
    { do: 'connect', from: 'y', port: 'ingress2', to: 'out' },
  );
  for (let i = 0; i < 6; i++) {
    // Two at a time: in one batch.
    for (const length of [14 + i, 60])
      node.links.end('eth0').inject(ethernetFrame({ length: Math.max(14, length) }));
    node.settle();
  }
  const seen = {
    blocks: ['x', 'y'].map((name) => node.ask<object>({ op: 'show', name })),
    status: node.engine.totals(),
    drops: node.engine.drops(),
    out: node.links.end('out').take(),
    faults: accountFaults(node.engine),
  };
  const { entries } = node.get('eth0');
  const parts = [...(entries[0].batchSource?.parts ?? [])];
  const text = JSON.stringify(seen, (key, value) => (/^engine(Why)?$/.test(key) ? undefined : value));
  return {
    seen: JSON.parse(text),
    parts: parts.flatMap(([{ name }, part]) => (name === 'x' ? [part] : [])),
    why: node.engine.dispatch.fusion.whyCalled(node.get('x')) + entries[0].refusal,
  };
}

const inMethod = (body: string) => `receive(frame, engine) { ${body} }`;

describe('both engines agree on', () => {
  test.each([
    ['the order of offset and value', 'let i = 4; frame.setU8(i++, i * 3); return 0;'],
    [
      'a write whose value moves the frame',
      'if (frame.length < 14) return -16; frame.setU16(0, frame.pull(2) ? 7 : 8); frame.setU8(3, frame.push(1) ? 9 : 1); return 0;',
    ],
    [
      'a write inside the value of a write',
      'let i = 5; frame.setU8(i + 1, (frame.u8(i) & 1) + frame.u8(i - 1) + (frame.setU8(i, 3) === undefined ? 1 : 0)); return 0;',
    ],
    [
      'the value of what answers nothing',
      'this.n = frame.truncate(9) ? 1 : 2; this.table[0] = frame.setU8(0, 5); return 0;',
    ],
    [
      'a place that depends on what is written',
      'this.table[frame.direction + 3] = (frame.direction = 1); return frame.direction;',
    ],
    ['a direction that is counted up', 'frame.direction++; return frame.direction;'],
    [
      'a length that is looked at before it changes',
      'if (frame.length < 14 || !frame.pull(12)) return -16; this.n = frame.u8(3) + frame.u32(0); return 0;',
    ],
    [
      'a length behind a helper in a test',
      'if (frame.length >= 14 && !turn(frame)) this.n = frame.u8(5); return frame.direction;',
    ],
    [
      'a direction behind a change in a test',
      'turn(frame); if (frame.direction === 1 && !(frame.direction = 0)) return frame.direction; return 2;',
    ],
    [
      'what a loop changes in its head',
      'for (let i = 0; i < ROUNDS; i++, frame.direction = 1) { this.table[frame.direction] += 1; } return frame.direction;',
    ],
    [
      'what a loop begins with',
      'for (let i = (frame.direction = 1) - 1; i < 2; i++) { this.table[frame.direction] += 1; frame.direction = 0; } return frame.direction;',
    ],
    [
      'locals of one name in several blocks',
      '{ const v = 1; this.n += v; } { const v = 2; this.n += v; } let w = 5; { const w = 7; this.n += w; } return w & 2;',
    ],
    [
      'continue to a label',
      'to: for (let i = 0; i < ROUNDS; i++) { for (let j = 0; j < 2; j++) { if (j === 1) continue to; if (i === 2) break to; this.n += 1; } } return 0;',
    ],
    ['an answer behind a comma', 'let v = 0; return (v = 3, v - 3);'],
    [
      'an offset behind a comma',
      'let i = 3; this.n = frame.u8((i++, i)); frame.pull((i++, 2)); frame.setU8((i++, 3), (i, 4)); return 0;',
    ],
    ['a port past the end', 'return this.ports[TWO * 30] !== 0 ? 2 : 0;'],
    [
      'a fraction of an offset',
      'frame.truncate(14); this.n = frame.u8(13.5); frame.setU8(13.5, 3); this.n += frame.u16(11.5); return 0;',
    ],
    ['fractions that are counted', 'this.sum += 0.3; return 0;'],
    ['where a frame is', 'this.n = frame.nextIdp * 1000 + frame.hops; return 0;'],
    ['what a helper sees of where a frame is', 'this.n = look(frame); return 0;'],
    [
      'a frame under another name',
      'if (frame.length < 14) return -16; const g = frame; g.length = 4; this.n = frame.u8(9); g.direction = 1; return frame.direction;',
    ],
    [
      'a frame that a helper reaches by another name',
      'this.kept = frame; if (frame.length < 14) return -16; keep(this); this.n = frame.u8(9); return 0;',
    ],
    ['a counter that a getter reads', 'this.packets++; this.n += this.count; return 0;'],
    [
      'a counter that is read by another name',
      'this.packets++; const self = this; this.n += self.packets; return 0;',
    ],
    ['a counter that a helper reads', 'this.packets++; this.n += countOf(this); return 0;'],
    [
      'names that generated code has too',
      'const t0 = frame.u8(this.n + 3); let f = 1; let at = f + 1; const b0_packets = at; this.packets++; return b0_packets === 2 && t0 > -1 ? 0 : 1;',
    ],
    [
      'minus and minus zero',
      'const z = -0; this.n = 1 / -z; this.table[0] = 5 - -(-(3 - (2 - 1))); this.table[1] = 1 / (0 * -TWO); this.table[2] = -1 >>> 0; return 0;',
    ],
  ])('%s', (_, body) => {
    const fused = story(inMethod(body), true);
    expect(fused).toMatchObject({ parts: ['inlined'], why: '' });
    expect(fused.seen).toEqual(story(inMethod(body), false).seen);
  });

  test.each([
    ['an async receive', 'async receive() { return 0; }', 'not a plain method'],
    ['a receive with a pattern', 'receive({ direction }) { return direction; }', 'no plain name'],
    [
      'a receive with a default',
      'receive(frame = 0, engine) { return engine === undefined ? 0 : 1; }',
      'no plain name',
    ],
    ['a power', inMethod('const v = TWO; return -(v ** 2) + 4;'), '**'],
    ['a test for undefined', inMethod('return this.missing ?? 0;'), '??'],
    ['var', inMethod('if (this.packets++ < 3) { var v = 1; } return v === 1 ? 0 : 1;'), 'var'],
    ['a parameter that changes', inMethod('frame = engine; return 0;'), 'a change of frame'],
    [
      'a name beyond its block',
      inMethod('{ const PLACES = 3; this.n = PLACES; } return PLACES === 3 ? 0 : 1;'),
      'PLACES',
    ],
    [
      'a method that reads a counter',
      inMethod('this.packets++; this.n = this.readPackets(); return 0;'),
      'readPackets',
    ],
  ])('%s, which is called', (_, receive, why) => {
    const fused = story(receive, true);
    expect(fused.parts).toEqual(['called']);
    expect(fused.why).toContain(why);
    expect(fused.seen).toEqual(story(receive, false).seen);
  });
});

test('a block with a receive of its own is called', () => {
  const node = makeEngine({ types: [blockOf(inMethod('return 0;'))], fusion: { warmFrames: 1 } });
  node.hook('eth0');
  node.act({ do: 'add', name: 'x', type: 'made' }, { do: 'connect', from: 'eth0', port: 'ingress', to: 'x' });
  node.block('x').receive = () => -1;
  for (let i = 0; i < 3; i++) node.arrive('eth0', ethernetFrame());
  expect(node.engine.totals().consumed).toBe(3);
  expect(node.engine.dispatch.fusion.whyCalled(node.get('x'))).toContain('a receive of its own');
});

test('an inline source out of the subset is not taken', () => {
  const Made = blockOf(inMethod('return -1;')) as unknown as new () => Block;
  const type = class extends Made {
    override inline(): string {
      return 'receive(frame) { var v = -1; return v; }';
    }
  } as unknown as BlockClass;
  const node = makeEngine({ types: [type], fusion: { warmFrames: 1 } });
  node.hook('eth0');
  node.act({ do: 'add', name: 'x', type: 'made' }, { do: 'connect', from: 'eth0', port: 'ingress', to: 'x' });
  for (let i = 0; i < 3; i++) node.arrive('eth0', ethernetFrame());
  expect(node.get('eth0').entries[0].batchSource?.text).toContain('.receive(f, e)');
  expect(node.ask({ op: 'show', name: 'x' })).toMatchObject({
    engineWhy: expect.stringMatching("line 1 of made's inline\\(\\) has var"),
  });
});

test('a change of the graph lets go of every function at once', () => {
  const node = makeEngine({ fusion: { warmFrames: 1 } });
  node.hook('eth0');
  for (let i = 0; i < 2; i++) node.arrive('eth0', ethernetFrame());
  const [entry] = node.get('eth0').entries;
  expect(entry.batch).not.toBeNull();
  node.act({ do: 'add', name: 'x', type: 'forward' });
  expect(entry).toMatchObject({ batch: null, batchSource: null });
});

test('a frame that circles between two engines comes to the hop limit', () => {
  const node = new EngineGroup();
  node.act({ do: 'add', name: 'way', type: 'channel' });
  node.act({ do: 'connect', from: 'way', port: 'ingress', to: 'way' });
  // Enough that both engines have made a function on the way.
  for (let i = 0; i < 12; i++) {
    const [engine] = node.engines;
    const frame = engine.pool.allocate() as Frame;
    frame.fill(ethernetFrame());
    engine.inject(frame as never, engine.registry.find('way').idp, 0);
    for (let turn = 0; turn < 130; turn++) node.turn();
  }
  expect(node.engines[0].registry.find('way').entries[0].single).not.toBeNull();
  expect(node.engines.flatMap((engine) => engine.drops().map(({ count }) => count))).toEqual([12]);
  expect(node.faults()).toEqual([]);
});

test('a direction that is none stops nothing', () => {
  const odd = blockOf(inMethod('frame.direction = 7; engine.copy(frame, 0); return 0;'));
  const node = makeEngine({ types: [odd], fusion: { warmFrames: 1 } });
  node.hook('eth0');
  node.add({ x: 'made', end: 'discard' });
  node.act({ do: 'connect', from: 'eth0', port: 'ingress', to: 'x' });
  node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'end' });
  for (let i = 0; i < 3; i++) node.arrive('eth0', ethernetFrame());
  expect(node.engine.totals().consumed).toBe(6);
});

test('a frame that goes on from a function to where there is none yet is told where it is', () => {
  const circling = blockOf(inMethod('this.n += frame.nextIdp; return frame.hops > 5 ? -1 : 0;'));
  const node = makeEngine({ types: [circling], fusion: { warmFrames: 4 } });
  node.hook('eth0');
  node.add({ x: 'made' });
  node.act({ do: 'connect', from: 'eth0', port: 'ingress', to: 'x' });
  node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'x' });
  node.arrive('eth0', ...Array.from({ length: 4 }, () => ethernetFrame()));
  node.arrive('eth0', ...Array.from({ length: 2 }, () => ethernetFrame()));
  expect(node.get('x').entries[0]).toMatchObject({ singleFrames: 2, single: null });
  expect(node.block<Block & { n: number }>('x').n).toBe(6 * 5 * node.get('x').idp);
});
