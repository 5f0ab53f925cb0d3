import { describe, expect, test } from 'vitest';
import { type Link, type LinkContext, linkLosses, SendStop } from '../contract/link.js';
import { accountFaults } from '../testing/account.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, numberedFrame, numberOf, taggedFrame } from '../testing/frames.js';
import { BATCH } from './link-joint.js';

function nodeWith(options: { limit?: number; queue?: number; pool?: number } = {}): TestEngine {
  const node = makeEngine({ pool: { size: options.pool ?? 64, slotSize: 512, headroom: 64 } });
  const link = { kind: 'memory', name: 'e', ...(options.limit && { limit: options.limit }) };
  const config = { link, ...(options.queue && { queue: options.queue }) };
  node.act({ do: 'add', name: 'e', type: 'ethernet', config });
  return node;
}
const send = (node: TestEngine, ...numbers: number[]) => {
  for (const n of numbers) node.inject('e', 1, numberedFrame(n));
};
const taken = (node: TestEngine) => node.links.end('e').take().map(numberOf);
const joint = (node: TestEngine) => node.get('e').joints[0];

/** Hands the joint a link whose `send` the test decides on. */
function scripted(node: TestEngine, answers: { take: number; stopped: number; error?: string }[]): number[] {
  const sent: number[] = [];
  const link = joint(node).link as Link & { stopped: number; lastError: string };
  link.send = (frames, from, to) => {
    const { take, stopped, error } = answers.shift() ?? { take: 99, stopped: SendStop.none };
    const n = Math.min(take, to - from);
    for (let i = 0; i < n; i++) sent.push(frames[from + i].u32(14));
    link.stopped = stopped;
    link.lastError = error ?? '';
    return n;
  };
  return sent;
}

describe('in', () => {
  test('frames get direction, link and IDP, and at most one batch comes per turn', () => {
    const node = nodeWith({ pool: 200 });
    for (let i = 0; i < BATCH + 5; i++) node.links.end('e').inject(numberedFrame(i));
    expect([node.engine.turn(), node.engine.turn(), node.engine.turn()]).toEqual([BATCH, 5, 0]);
    expect(joint(node)).toMatchObject({ framesIn: 69, bytesIn: 69 * 60, direction: 0 });
    expect(node.engine.totals()).toMatchObject({ in: 69, inBytes: 69 * 60, dropped: 69 });
  });

  test('what the link lost by itself is counted in and dropped, once', () => {
    const node = nodeWith();
    node.links.end('e').inject(new Uint8Array(449)); // the pool takes 448
    node.links.end('e').inject(ethernetFrame());
    node.engine.turn();
    for (let i = 0; i < 3; i++) {
      expect(node.engine.totals()).toMatchObject({ in: 2, dropped: 2 });
      node.engine.inspectLinks();
    }
    expect(node.drops()).toEqual({ 'e too-long': 1, 'e unbound-port': 1 });
    expect(node.engine.drops().find((line) => line.reason === 'too-long')).not.toHaveProperty('sample');
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('every reason of a link is counted under its name', () => {
    const node = nodeWith();
    let factor = 1;
    const reasons = Object.keys(linkLosses);
    joint(node).link.losses = () =>
      Object.fromEntries(reasons.map((reason, i) => [reason, (i + 1) * factor]));
    node.engine.totals();
    factor = 2;
    node.engine.totals();
    expect(node.drops()).toEqual(
      Object.fromEntries(reasons.map((reason, i) => [`e ${reason}`, (i + 1) * 2])),
    );
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('a link with a descriptor is asked only when it is ready', () => {
    const node = nodeWith();
    Object.defineProperties(joint(node).link, { fd: { value: 5 }, dueAt: { value: () => Infinity } });
    node.links.end('e').inject(ethernetFrame());
    expect([node.engine.turn(), joint(node).ready]).toEqual([1, false]);
    node.links.end('e').inject(ethernetFrame());
    expect(node.engine.turn()).toBe(0);
    joint(node).ready = true;
    expect(node.engine.turn()).toBe(1);
  });

  test('the engine knows when a paced link wants to be asked', () => {
    const node = nodeWith();
    expect(node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
    node.links.end('e').inject(ethernetFrame());
    expect(node.engine.dueAt()).toBe(0);
  });
});

describe('out', () => {
  test('frames leave in order, counted with their bytes', () => {
    const node = nodeWith();
    send(node, 1, 2, 3);
    expect(taken(node)).toEqual([1, 2, 3]);
    expect(joint(node)).toMatchObject({ framesOut: 3, bytesOut: 180, waiting: 0 });
    expect(node.engine.totals()).toMatchObject({ out: 3, outBytes: 180 });
  });

  test('a full link keeps what waits, in order, and is tried again', () => {
    const node = nodeWith({ limit: 2 });
    send(node, 1, 2, 3, 4, 5);
    expect([node.engine.congested, joint(node).waiting, node.engine.held()]).toEqual([true, 3, 3]);
    expect(accountFaults(node.engine)).toEqual([]);
    expect(taken(node)).toEqual([1, 2]);
    node.engine.turn();
    expect(taken(node)).toEqual([3, 4]);
    send(node, 6);
    expect([taken(node), node.engine.congested, node.engine.held()]).toEqual([[5, 6], false, 0]);
    expect(node.drops()).toEqual({});
  });

  test('more than may wait is dropped: queue-full, the newest first', () => {
    const node = nodeWith({ limit: 1, queue: 2 });
    send(node, 1, 2, 3, 4, 5);
    expect(node.drops()).toEqual({ 'e queue-full': 2 });
    const got = [];
    for (let i = 0; i < 4; i++) {
      got.push(...taken(node));
      node.engine.turn();
    }
    expect(got).toEqual([1, 2, 3]);
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('a link that is down drops all that waits: link-down', () => {
    const node = nodeWith({ limit: 1 });
    send(node, 1, 2, 3);
    node.links.end('e').link.down();
    node.engine.turn();
    expect([node.drops(), node.engine.congested]).toEqual([{ 'e link-down': 2 }, false]);
    expect(node.lines).toContain('[e::ethernet] e: memory link e is down');
    node.links.end('e').link.up();
    send(node, 4);
    node.links.end('e').take();
    expect(node.engine.totals()).toMatchObject({ out: 1 + 0, dropped: 2 + 0 });
  });

  test('a frame that is too long, or refused, goes alone; the others are sent', () => {
    const node = nodeWith();
    const sent = scripted(node, [
      { take: 0, stopped: SendStop.full },
      { take: 0, stopped: SendStop.full },
      { take: 0, stopped: SendStop.full },
      { take: 1, stopped: SendStop.tooLong, error: 'frame of 60 bytes' },
      { take: 1, stopped: SendStop.refused, error: 'EIO' },
      { take: 0, stopped: SendStop.overflow },
    ]);
    for (const n of [1, 2, 3]) send(node, n);
    send(node, 4, 5, 6);
    expect(sent).toEqual([1, 3, 6]);
    expect(node.drops()).toEqual({ 'e too-long': 1, 'e send-refused': 1, 'e queue-full': 1 });
    expect(node.lines.slice(-2)).toEqual(['[e::ethernet] e: frame of 60 bytes', '[e::ethernet] e: EIO']);
    expect(accountFaults(node.engine)).toEqual([]);
  });

  test('the same refusal is logged once', () => {
    const node = nodeWith();
    scripted(
      node,
      Array.from({ length: 9 }, () => ({ take: 0, stopped: SendStop.refused, error: 'EPERM' })),
    );
    send(node, 1, 2, 3);
    expect(node.lines.filter((line) => line.includes('EPERM')).length).toBe(1);
  });
});

describe('close', () => {
  test('sends what still goes, drops what waits: link-closed; nothing stays congested', () => {
    const node = nodeWith({ limit: 2 });
    send(node, 1, 2, 3, 4, 5);
    node.links.end('e').take();
    node.act({ do: 'rm', name: 'e' });
    expect(node.drops()).toEqual({ 'e link-closed': 1 });
    expect(taken(node)).toEqual([3, 4]);
    node.engine.turn();
    expect(node.engine.congested).toBe(false);
    expect([accountFaults(node.engine), node.engine.pool.free]).toEqual([[], 64]);
  });

  test('what an application has not read is dropped: unread', () => {
    const node = nodeWith();
    const link = joint(node).link as Link & { local: boolean };
    Object.defineProperty(link, 'local', { value: true });
    let unread = 0;
    link.send = (_frames, from, to) => {
      unread += to - from;
      return to - from;
    };
    link.held = () => unread;
    send(node, 1, 2, 3);
    unread--; // one was read
    expect(node.engine.totals()).toMatchObject({ in: 3, out: 0, consumed: 1, dropped: 0 });
    expect([node.engine.held(), accountFaults(node.engine)]).toEqual([2, []]);
    node.act({ do: 'rm', name: 'e' });
    expect(node.engine.totals()).toMatchObject({ in: 3, consumed: 1, dropped: 2 });
    expect(node.drops()).toEqual({ 'e unread': 2 });
  });

  test('losses up to the last moment are counted', () => {
    const node = nodeWith();
    node.links.end('e').inject(new Uint8Array(449));
    node.engine.turn();
    node.act({ do: 'rm', name: 'e' });
    expect(node.engine.totals()).toMatchObject({ in: 1, dropped: 1 });
  });
});

test('two links tied to each other forward both ways, tagged frames too', () => {
  const node = makeEngine();
  node.hook('left', 'right');
  node.act(
    { do: 'connect', from: 'left', port: 'ingress', to: 'right' },
    { do: 'connect', from: 'right', port: 'ingress', to: 'left' },
  );
  node.arrive('left', numberedFrame(1), taggedFrame(3, numberedFrame(2)));
  node.arrive('right', numberedFrame(3));
  expect(node.links.end('right').take().length).toBe(2);
  expect(node.links.end('left').take().map(numberOf)).toEqual([3]);
  expect(accountFaults(node.engine)).toEqual([]);
});

test('a link is opened with the engine’s pool, clock and randomness', () => {
  const node = nodeWith();
  const { context } = joint(node).link as unknown as { context: LinkContext };
  expect([context.pool, context.clock]).toEqual([node.engine.pool, node.clock]);
});
