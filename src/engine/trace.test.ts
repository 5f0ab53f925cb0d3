import { describe, expect, test } from 'vitest';
import type { Frame } from '../contract/frame.js';
import { testBlocks, type Wild } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, hexOf, numberedFrame, taggedFrame } from '../testing/frames.js';
import { Trace, type TracedFrame } from './trace.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;

function traced(node: TestEngine, count = 1, accepts: (frame: Frame) => boolean = () => true): TracedFrame[] {
  const frames: TracedFrame[] = [];
  node.engine.observers.addTrace(new Trace(count, accepts, node.clock, (frame) => frames.push(frame)));
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
