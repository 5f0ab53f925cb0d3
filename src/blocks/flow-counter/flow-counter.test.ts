import { describe, expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame } from '../../testing/frames.js';
import { ipv4Frame, ipv6Frame, TCP } from '../../testing/ip-frames.js';

function counting(config: Record<string, unknown> = {}) {
  const node = makeEngine();
  node.act({ do: 'add', name: 'f', type: 'flow-counter', config });
  node.add({ end: 'discard' });
  for (const port of ['ingress', 'egress']) node.act({ do: 'connect', from: 'f', port, to: 'end' });
  const details = () => node.block('f').details?.() as { flows: number; room: number; top: object[] };
  return { node, details };
}

const flow = (n: number, length = 40) => ipv4Frame({ words: [n, 80], length });
const SECOND = 1_000_000;

test('counts frames and bytes of each flow, either way, and passes them on', () => {
  const { node, details } = counting();
  node.inject('f', 0, ipv4Frame({ words: [1, 2] }));
  node.inject('f', 1, ipv4Frame({ words: [1, 2], length: 50 }));
  node.inject('f', 0, ipv4Frame({ words: [2, 1] }));
  node.inject('f', 0, ipv4Frame({ words: [1, 2], protocol: TCP }));
  node.inject('f', 0, ipv6Frame({ words: [1, 2] }));
  node.inject('f', 0, ethernetFrame({ type: 0x0806 }));
  node.inject('f', 0, new Uint8Array(0));
  expect(details()).toEqual({
    flows: 4,
    room: 65536,
    top: [
      { flow: 'UDP 10.0.0.1:1 > 10.0.0.2:2', frames: 2, bytes: 158 },
      { flow: 'UDP [fd00::1]:1 > [fd00::2]:2', frames: 1, bytes: 94 },
      { flow: 'UDP 10.0.0.1:2 > 10.0.0.2:1', frames: 1, bytes: 74 },
      { flow: 'TCP 10.0.0.1:1 > 10.0.0.2:2', frames: 1, bytes: 74 },
    ],
  });
  expect(node.block('f')).toMatchObject({
    packets: 7,
    bytes: 74 * 3 + 84 + 94 + 60,
    created: 4,
    untracked: 0,
    other: 2,
  });
  expect(node.block('end')).toMatchObject({ packets: 7 });
});

test('tells the ten with the most bytes', () => {
  const { node, details } = counting();
  for (let n = 0; n < 30; n++) node.inject('f', 0, flow(n, 40 + ((n * 7) % 30)));
  const bytes = details().top.map((line) => (line as { bytes: number }).bytes);
  expect(bytes).toEqual([103, 102, 101, 100, 99, 98, 97, 96, 95, 94]);
});

test('with no room left, frames of further flows are counted as untracked and pass', () => {
  const { node, details } = counting({ flows: 3 });
  for (const n of [1, 2, 3, 4, 5, 1, 4]) node.inject('f', 0, flow(n));
  expect(node.block('f')).toMatchObject({ packets: 7, created: 3, untracked: 3 });
  expect(details()).toMatchObject({ flows: 3, room: 3 });
  expect(node.block('end')).toMatchObject({ packets: 7 });
});

describe('idle flows', () => {
  test('are forgotten between the limit and half as long again', () => {
    for (const offset of [0, 3, 14, 29]) {
      const { node, details } = counting({ idle: 60 });
      node.inject('f', 0, flow(1));
      node.elapse(offset * SECOND);
      node.inject('f', 0, flow(2));
      node.elapse(59 * SECOND);
      expect(details().flows).toBeGreaterThan(0);
      expect(JSON.stringify(details())).toContain('10.0.0.1:2 ');
      node.elapse(32 * SECOND);
      expect(details()).toEqual({ flows: 0, room: 65536, top: [] });
      expect(node.block('f')).toMatchObject({ created: 2, forgotten: 2 });
    }
  });

  test('those with frames stay, and what was forgotten is met again', () => {
    const { node, details } = counting({ idle: 4, flows: 2 });
    node.inject('f', 0, flow(2));
    for (let second = 0; second < 20; second++) {
      node.inject('f', 0, flow(1));
      node.elapse(SECOND);
    }
    expect(details().flows).toBe(1);
    node.inject('f', 0, flow(2));
    expect(details()).toMatchObject({ flows: 2, top: [{ frames: 20 }, { frames: 1 }] });
  });

  test('with no flow left no timer runs; the next flow sets it again', () => {
    const { node, details } = counting({ idle: 1 });
    for (let round = 0; round < 2; round++) {
      node.inject('f', 0, flow(1));
      expect(node.engine.dueAt()).toBeLessThan(Number.POSITIVE_INFINITY);
      node.elapse(2 * SECOND);
      expect(details().flows).toBe(0);
      expect(node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
    }
  });

  test('are kept by default; the limit may come and go', () => {
    const { node, details } = counting();
    node.inject('f', 0, flow(1));
    node.elapse(100_000 * SECOND);
    expect(details().flows).toBe(1);
    node.act({ do: 'set', name: 'f', options: { idle: 1 } });
    node.act({ do: 'set', name: 'f', options: { idle: null } });
    node.elapse(5 * SECOND);
    expect(details().flows).toBe(1);
    node.act({ do: 'set', name: 'f', options: { idle: 1 } });
    node.elapse(2 * SECOND);
    expect(details().flows).toBe(0);
  });

  test('are forgotten by a block that took over, too', () => {
    const { node, details } = counting({ flows: 5 });
    node.inject('f', 0, flow(1));
    node.act({ do: 'add', name: 'g', type: 'flow-counter', config: { idle: 1 } });
    node.act({ do: 'replace', old: 'f', new: 'g' });
    const next = () => node.block('g').details?.() as ReturnType<typeof details>;
    expect(next()).toMatchObject({ flows: 1, room: 5 });
    node.inject('g', 0, flow(2));
    node.elapse(2 * SECOND);
    expect(next().flows).toBe(0);
    expect(node.block('g')).toMatchObject({ packets: 2, created: 2, forgotten: 2 });
  });
});

test('the room can be changed; flows that no longer fit are forgotten', () => {
  const { node, details } = counting({ flows: 4 });
  for (const n of [1, 2, 3, 4, 4, 1]) node.inject('f', 0, flow(n));
  node.act({ do: 'set', name: 'f', options: { flows: 100 } });
  expect(details()).toMatchObject({
    flows: 4,
    room: 100,
    top: [{ frames: 2 }, { frames: 2 }, { frames: 1 }, { frames: 1 }],
  });
  node.inject('f', 0, flow(5));
  node.act({ do: 'set', name: 'f', options: { flows: 2 } });
  node.inject('f', 0, flow(1));
  expect(details()).toMatchObject({ flows: 2, room: 2, top: [{ frames: 3, bytes: 222 }, { frames: 1 }] });
  expect(node.block('f')).toMatchObject({ created: 5, forgotten: 3, untracked: 0 });
});

test('a change of the room that is taken back loses no flow', () => {
  const { node, details } = counting({ flows: 4 });
  for (const n of [1, 2, 3, 4]) node.inject('f', 0, flow(n));
  const before = details();
  const set = { do: 'set', name: 'f', options: { flows: 1 } } as const;
  expect(() => node.act(set, { do: 'rm', name: 'nobody' })).toThrow('nobody');
  expect(details()).toEqual(before);
  expect(node.block('f')).toMatchObject({ forgotten: 0 });
  node.act(set);
  node.elapse(1);
  node.act({ do: 'set', name: 'f', options: { flows: 4 } });
  expect(details()).toMatchObject({ flows: 1, room: 4 });
  expect(node.block('f')).toMatchObject({ forgotten: 3 });
});

test('packets without a link header', () => {
  const { node, details } = counting({ layer: 'ip' });
  node.inject('f', 0, flow(7).subarray(14));
  expect(details().top).toEqual([{ flow: 'UDP 10.0.0.1:7 > 10.0.0.2:80', frames: 1, bytes: 60 }]);
});

test.each([
  { flows: 0 },
  { flows: (1 << 21) + 1 },
  { idle: -1 },
  { idle: 0.5 },
])('%j is refused', (config) => {
  expect(() => counting(config)).toThrow('f (flow-counter): ');
});
