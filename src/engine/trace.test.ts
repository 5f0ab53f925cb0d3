import { describe, expect, test } from 'vitest';
import type { Frame } from '../contract/frame.js';
import { testBlocks, type Wild } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, hexOf, numberedFrame, taggedFrame } from '../testing/frames.js';
import { Trace, type TracedFrame } from './trace.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;

function traced(
  node: TestEngine,
  count = 1,
  accepts: (frame: Frame) => boolean = () => true,
  through?: string,
): TracedFrame[] {
  const frames: TracedFrame[] = [];
  const idp = through === undefined ? null : node.get(through).idp;
  node.engine.observers.addTrace(new Trace(count, accepts, node.clock, (frame) => frames.push(frame), idp));
  return frames;
}
const path = (frame: TracedFrame) =>
  frame.steps.map(({ branch, block, result }) => `${branch} ${block} ${result}`);

function figure(): TestEngine {
  const node = makeEngine({ types: testBlocks });
  node.hook('eth0');
  node.add({ t: 'tee', a: 'counter', end: 'discard', l: 'listener', w: 'wild' });
  node.act(bind('t', 'eth0'), bind('a', 't'), bind('l', 't'), bind('end', 'a'));
  return node;
}

describe('a trace', () => {
  test('names every block that a frame entered, and its copies as branches', () => {
    const node = figure();
    const frames = traced(node);
    const bytes = numberedFrame(5);
    node.arrive('eth0', bytes, numberedFrame(6));
    expect(frames.length).toBe(1);
    expect(path(frames[0])).toEqual([
      '0 eth0 ingress',
      '0 t ingress',
      '0 a ingress',
      '0 end consumed',
      '1 l dropped: unwanted',
    ]);
    expect(frames[0]).toMatchObject({ bytes: hexOf(bytes), length: 60, timestamp: 1_000_000 });
    expect(frames[0].steps[1]).toMatchObject({
      type: 'tee',
      idp: 2,
      direction: 'ingress',
      lengthBefore: 60,
      lengthAfter: 60,
      front: 0,
      changes: [],
      copies: [{ port: 'ingress1', branch: 1 }],
    });
  });

  test('ends by itself after as many frames as were asked for, and costs nothing then', () => {
    const node = figure();
    const frames = traced(node, 3);
    node.arrive('eth0', ...[1, 2].map((n) => numberedFrame(n)));
    expect([frames.length, node.engine.dispatch.observer === null]).toEqual([2, false]);
    node.arrive('eth0', ...[3, 4].map((n) => numberedFrame(n)));
    expect([frames.length, node.engine.dispatch.observer]).toEqual([3, null]);
  });

  test('follows only what its filter accepts', () => {
    const node = figure();
    const frames = traced(node, 2, (frame) => frame.u32(14) > 5);
    node.arrive('eth0', ...[1, 7, 2, 9, 8].map((n) => numberedFrame(n)));
    expect(frames.map((frame) => Number.parseInt(frame.bytes.slice(28, 36), 16))).toEqual([7, 9]);
  });

  test('tells the time in each block', () => {
    const node = figure();
    const counter = node.block<{ receive: () => number } & Wild>('a');
    counter.receive = () => {
      node.clock.advance(25);
      return 0;
    };
    const frames = traced(node);
    node.arrive('eth0', numberedFrame(1));
    expect(frames[0].steps.map(({ micros }) => micros)).toEqual([0, 0, 25, 0, 0]);
  });

  test('shows what changed: bytes, length, and what was put in front or taken off', () => {
    const node = figure();
    node.act(
      { do: 'add', name: 'dev', type: 'ethernet-tagged', config: { id: 7 } },
      connect('eth0', 'tag7', 'dev'),
      connect('dev', 'ingress', 'w'),
      connect('w', 'ingress', 'end'),
    );
    const wild = node.block<Wild>('w');
    wild.receive = ((frame: Frame) => {
      frame.setU8(0, 0xee);
      frame.setU16(20, 0xffff);
      frame.truncate(40);
      return 0;
    }) as never;
    const frames = traced(node);
    node.arrive('eth0', taggedFrame(7, ethernetFrame({ to: '02:11:22:33:44:55', length: 50 })));
    const [, device, changed] = frames[0].steps;
    expect(device).toMatchObject({ front: -2, lengthBefore: 52, lengthAfter: 50 });
    expect(device.changes[0]).toEqual({ offset: 0, before: '22334455020000', after: '02112233445502' });
    expect(changed).toMatchObject({
      front: 0,
      lengthBefore: 50,
      lengthAfter: 40,
      changes: [
        { offset: 0, before: '02', after: 'ee' },
        { offset: 20, before: '0607', after: 'ffff' },
      ],
    });
  });

  test('says where a frame was dropped, whoever dropped it', () => {
    const node = figure();
    node.act({ do: 'disconnect', from: 't', port: 'ingress1' });
    const last = (answer: number | 'throw') => {
      const frames = traced(node);
      node.block<Wild>('w').answer = answer;
      node.inject('w');
      return path(frames[0]).at(-1);
    };
    expect(last(-16)).toBe('0 w dropped: first');
    expect(last('throw')).toBe('0 w dropped: block-error');
    expect(last(2)).toBe('0 w ingress1, dropped: unbound-port');
    node.get('w').ports[0] = 999;
    expect(last(0)).toBe('0 w ingress, dropped: invalid-idp');
    node.get('w').ports[0] = node.get('w').idp;
    expect(last(0)).toBe('0 w ingress, dropped: hop-limit');
  });

  test('says that a link had no room', () => {
    const node = makeEngine();
    node.act({
      do: 'add',
      name: 'e',
      type: 'ethernet',
      config: { link: { kind: 'memory', name: 'e', limit: 1 }, queue: 1 },
    });
    const frames = traced(node, 3);
    for (let i = 0; i < 3; i++) node.inject('e', 1);
    expect(frames.map(path)).toEqual([
      ['0 e handed to the link'],
      ['0 e handed to the link'],
      ['0 e dropped: queue-full'],
    ]);
  });

  test('a copy for a port that leads nowhere ends where it was made', () => {
    const node = figure();
    node.block<Wild>('w').receive = ((frame: Frame, engine: { copy(f: Frame, p: number): void }) => {
      engine.copy(frame, 2);
      return -1;
    }) as never;
    const frames = traced(node);
    node.inject('w');
    expect(path(frames[0])).toEqual(['0 w consumed']);
    expect(frames[0].steps[0].copies).toEqual([{ port: 'ingress1', branch: 1 }]);
  });

  test('changes nothing in the account', () => {
    const [plain, watched] = [figure(), figure()];
    traced(watched, 2);
    for (const node of [plain, watched])
      node.arrive('eth0', numberedFrame(1), numberedFrame(2), numberedFrame(3));
    expect(watched.ask({ op: 'status' })).toEqual(plain.ask({ op: 'status' }));
  });

  test('of a frame that circles through copies ends', () => {
    const node = makeEngine({ pool: { size: 4 } });
    node.add({ t: 'tee' });
    node.act(connect('t', 'ingress', 't'), connect('t', 'ingress1', 't'));
    const frames = traced(node);
    node.inject('t');
    expect(frames.length).toBe(1);
    expect(frames[0].steps.length).toBe(4096);
  });
});

describe('a trace through a block', () => {
  /** eth0 -> s, which sends frames by their first payload byte to a or to b. */
  function fork(): TestEngine {
    const node = makeEngine({ types: testBlocks });
    node.hook('eth0');
    node.add({ s: 'wild', a: 'counter', b: 'tee', end: 'discard', l: 'listener' });
    node.act(
      bind('s', 'eth0'),
      connect('s', 'ingress', 'a'),
      connect('s', 'ingress1', 'b'),
      bind('end', 'a'),
      connect('b', 'ingress', 'end'),
      connect('b', 'ingress1', 'l'),
    );
    node.block<Wild>('s').receive = ((frame: Frame) => (frame.u32(14) > 5 ? 2 : 0)) as never;
    return node;
  }

  test('counts only frames that enter it, and shows their whole path', () => {
    const node = fork();
    const frames = traced(node, 2, () => true, 'b');
    node.arrive('eth0', ...[1, 7, 2, 3, 9, 8].map((n) => numberedFrame(n)));
    expect(frames.map((frame) => Number.parseInt(frame.bytes.slice(28, 36), 16))).toEqual([7, 9]);
    expect(path(frames[1])).toEqual([
      '0 eth0 ingress',
      '0 s ingress1',
      '0 b ingress',
      '0 end consumed',
      '1 l dropped: unwanted',
    ]);
    expect(node.engine.dispatch.observer).toBe(null);
  });

  test('has the JavaScript stack at that block alone, from the dispatching on', () => {
    const node = fork();
    const [frame] = [traced(node, 1, () => true, 'b')].map((frames) => {
      node.arrive('eth0', numberedFrame(7));
      return frames[0];
    });
    expect(frame.steps.map(({ block, stack }) => [block, stack !== undefined])).toEqual([
      ['eth0', false],
      ['s', false],
      ['b', true],
      ['end', false],
      ['l', false],
    ]);
    const { stack = [] } = frame.steps[2];
    expect(stack[0]).toMatch(/^Dispatch\.walk \(.*dispatch\.ts:\d+:\d+\)$/);
    expect(stack.some((call) => call.startsWith('LinkJoint.poll '))).toBe(true);
    // Deeper than V8's usual ten.
    expect(stack.length).toBeGreaterThan(10);
    expect(Error.stackTraceLimit).toBeLessThan(64);
  });

  test('is there for a copy too, and once where a frame comes round again', () => {
    const node = fork();
    const copies = traced(node, 1, () => true, 'l');
    node.arrive('eth0', numberedFrame(7));
    expect(copies[0].steps.map(({ block, stack }) => `${block} ${stack === undefined}`).at(-1)).toBe(
      'l false',
    );

    node.get('a').ports[0] = node.get('a').idp;
    const round = traced(node, 1, () => true, 'a');
    node.arrive('eth0', numberedFrame(1));
    expect(round[0].steps.length).toBeGreaterThan(200);
    expect(round[0].steps.filter(({ stack }) => stack !== undefined).length).toBe(1);
  });

  test('begins there for a frame that a block has held', () => {
    const node = makeEngine({ types: testBlocks });
    node.hook('eth0');
    node.add({ w: 'wild', a: 'counter', end: 'discard' });
    node.act(bind('w', 'eth0'), connect('w', 'ingress', 'a'), bind('end', 'a'));
    let kept: Frame | null = null;
    node.block<Wild>('w').receive = ((frame: Frame, engine: { emit(f: Frame, p: number): void }) => {
      if (kept !== null) engine.emit(kept, 0);
      kept = frame;
      return -2;
    }) as never;
    const frames = traced(node, 1, () => true, 'a');
    node.arrive('eth0', numberedFrame(1));
    expect(frames).toEqual([]);
    node.arrive('eth0', numberedFrame(2));
    expect(path(frames[0])).toEqual(['0 a ingress', '0 end consumed']);
    expect(frames[0].before).toBe(2);
    expect(frames[0].bytes).toBe(hexOf(numberedFrame(1)));
  });
});
