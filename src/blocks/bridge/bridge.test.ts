import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { BROADCAST, ethernetFrame, hexOf, numberedFrame, numberOf } from '../../testing/frames.js';

const SECOND = 1_000_000;
const station = (n: number) => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
const [A, B, C] = [station(0xa), station(0xb), station(0xc)];
const NAMES = ['p0', 'p1', 'p2'];

/** A bridge over memory links, and where a frame goes. */
function bridged(config: Record<string, unknown> = {}, names = NAMES) {
  const node = makeEngine({ pool: { size: 64, slotSize: 512, headroom: 32 } });
  node.act({ do: 'add', name: 'b', type: 'bridge', config });
  node.hook(...names);
  names.forEach((name, i) => {
    node.act({ do: 'connect', from: name, port: 'ingress', to: 'b' });
    node.act({ do: 'connect', from: 'b', port: `egress${i}`, to: name });
  });
  const sentTo = () => names.filter((name) => node.links.end(name).take().length > 0).join(' ');
  const send = (by: string, from: string, to: string) => {
    node.arrive(by, ethernetFrame({ from, to }));
    expect(accountFaults(node.engine)).toEqual([]);
    return sentTo();
  };
  const details = () => node.block('b').details?.() as { addresses: number; first: object[] };
  return { node, send, sentTo, details };
}

function close(node: TestEngine): void {
  node.engine.close();
  expect(accountFaults(node.engine)).toEqual([]);
  expect(node.engine.pool.free).toBe(64);
}

test('floods what it does not know, and learns where answers go', () => {
  const { node, send, details } = bridged();
  expect(send('p0', A, B)).toBe('p1 p2');
  expect(send('p1', B, A)).toBe('p0');
  expect(send('p0', A, B)).toBe('p1');
  expect(send('p2', C, A)).toBe('p0');
  expect(node.block('b')).toMatchObject({ forwarded: 3, flooded: 1, copies: 1, learned: 3, moved: 0 });
  expect(details()).toMatchObject({ addresses: 3, room: 4096 });
  expect(details().first).toContainEqual({ mac: A, port: 'egress' });
  expect(details().first).toContainEqual({ mac: C, port: 'egress2' });
  close(node);
});

test('frames for all and for groups go to all other ports, unchanged', () => {
  const { node, send } = bridged();
  send('p1', B, A);
  expect(send('p0', A, BROADCAST)).toBe('p1 p2');
  expect(send('p1', B, '01:00:5e:00:00:01')).toBe('p0 p2');
  const frame = ethernetFrame({ from: A, to: BROADCAST, length: 200 });
  node.arrive('p2', frame);
  expect(NAMES.map((name) => node.links.end(name).take().map(hexOf))).toEqual([
    [hexOf(frame)],
    [hexOf(frame)],
    [],
  ]);
  close(node);
});

test('the order of frames is kept, flooded or not', () => {
  const { node } = bridged();
  node.arrive('p1', ...Array.from({ length: 8 }, (_, n) => numberedFrame(n, { from: B, to: A })));
  node.arrive('p0', numberedFrame(8, { from: A, to: B }));
  node.arrive('p1', ...Array.from({ length: 8 }, (_, n) => numberedFrame(n + 8, { from: B, to: A })));
  expect(node.links.end('p0').take().map(numberOf)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  expect(node.links.end('p2').take().map(numberOf)).toEqual(Array.from({ length: 8 }, (_, n) => n));
  close(node);
});

describe('drops', () => {
  test('what is for a station at the same port', () => {
    const { node, send } = bridged();
    send('p0', A, B);
    expect(send('p0', C, A)).toBe('');
    expect(node.drops()).toEqual({ 'b same-port': 1 });
  });

  test('bad source addresses, link-local destinations, frames that are too short', () => {
    const { node, send, details } = bridged();
    node.inject('b', 0, ethernetFrame({ from: '03:00:00:00:00:01' }));
    expect(send('p0', '00:00:00:00:00:00', A)).toBe('');
    for (const last of ['00', '0e', '0f']) expect(send('p0', A, `01:80:c2:00:00:${last}`)).toBe('');
    expect(send('p0', A, '01:80:c2:00:00:10')).toBe('p1 p2');
    node.inject('b', 0, new Uint8Array(13));
    expect(node.drops()).toEqual({ 'b bad-source': 2, 'b link-local': 3, 'b too-short': 1 });
    expect(details().addresses).toBe(1);
  });

  test('frames by a link to which no port leads', () => {
    const { node } = bridged();
    node.hook('p3');
    node.act({ do: 'connect', from: 'p3', port: 'ingress', to: 'b' });
    node.arrive('p3', ethernetFrame({ from: A, to: BROADCAST }));
    expect(node.drops()).toEqual({ 'b unknown-port': 1 });
  });

  test('where no other port is bound', () => {
    const { node, send } = bridged({}, ['p0']);
    expect(send('p0', A, B)).toBe('');
    expect(node.drops()).toEqual({ 'b no-other-port': 1 });
  });

  test('copies for which there is no frame', () => {
    const { node, sentTo } = bridged();
    const taken = Array.from({ length: 63 }, () => node.engine.pool.allocate()!);
    node.arrive('p0', ethernetFrame({ from: A, to: BROADCAST }));
    expect(sentTo()).toBe('p1');
    expect(node.drops()).toEqual({ 'b pool-empty': 1 });
    for (const frame of taken) node.engine.pool.release(frame);
    close(node);
  });
});

test('a station that moves is found at its new port', () => {
  const { node, send } = bridged();
  send('p0', A, B);
  send('p2', A, B);
  expect(send('p1', B, A)).toBe('p2');
  expect(node.block('b')).toMatchObject({ learned: 2, moved: 1 });
});

test('a port that leads elsewhere knows nothing of before', () => {
  const { node, send } = bridged();
  send('p0', A, B);
  node.act({ do: 'disconnect', from: 'b', port: 'egress' });
  expect(send('p1', B, A)).toBe('p2');
  node.act({ do: 'connect', from: 'b', port: 'egress', to: 'p0' });
  expect(send('p1', B, A)).toBe('p0');
  node.hook('q');
  node.act(
    { do: 'disconnect', from: 'b', port: 'egress' },
    { do: 'connect', from: 'b', port: 'egress', to: 'q' },
  );
  expect(send('p1', B, A)).toBe('p2');
  expect(node.links.end('q').take().length).toBe(1);
});

test('addresses are forgotten between the age and a quarter longer, unless they are seen again', () => {
  const { node, send, details } = bridged({ age: 80 });
  send('p0', A, B);
  node.elapse(75 * SECOND);
  send('p1', B, A);
  expect(details().addresses).toBe(2);
  node.elapse(30 * SECOND);
  expect(details().addresses).toBe(1);
  expect(send('p1', B, A)).toBe('p0 p2');
  node.elapse(79 * SECOND);
  expect(details().addresses).toBe(1);
  node.elapse(30 * SECOND);
  expect(details()).toMatchObject({ addresses: 0, first: [] });
  expect(node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  expect(node.block('b')).toMatchObject({ aged: 2 });
});

test('with age 0 they are kept', () => {
  const { node, send, details } = bridged({ age: 0 });
  send('p0', A, B);
  node.elapse(1_000_000 * SECOND);
  expect(details().addresses).toBe(1);
  node.act({ do: 'set', name: 'b', options: { age: 1 } });
  node.elapse(2 * SECOND);
  expect(details().addresses).toBe(0);
});

test('a full table learns no more; its stations are still reached', () => {
  const { node, send, details } = bridged({ table: 2 });
  send('p0', A, B);
  send('p1', B, A);
  expect(send('p2', C, A)).toBe('p0');
  expect(send('p0', A, C)).toBe('p1 p2');
  expect(node.block('b')).toMatchObject({ learned: 2, unlearned: 1 });
  node.act({ do: 'set', name: 'b', options: { table: 3 } });
  for (const [port, from] of [
    ['p0', A],
    ['p1', B],
    ['p2', C],
  ] as const)
    send(port, from, BROADCAST);
  expect(details()).toMatchObject({ addresses: 3, room: 3 });
});

test('a change of the table that is taken back loses nothing', () => {
  const { node, send, details } = bridged();
  send('p0', A, B);
  const set = { do: 'set', name: 'b', options: { table: 1 } } as const;
  expect(() => node.act(set, { do: 'rm', name: 'nobody' })).toThrow('nobody');
  expect(details()).toMatchObject({ addresses: 1, room: 4096 });
});

test('a socket on top of it is a station like the others', () => {
  const { node, send, sentTo } = bridged();
  const { writer } = node.links.application(5);
  node.act(
    { do: 'add', name: 's', type: 'socket', config: { channel: 5 } },
    { do: 'connect', from: 'b', port: 'ingress', to: 's' },
  );
  node.act({ do: 'connect', from: 's', port: 'egress', to: 'b' });
  writer.pushBytes(ethernetFrame({ from: C, to: BROADCAST }), 0);
  writer.publish();
  node.settle();
  expect(sentTo()).toBe('p0 p1 p2');
  expect(send('p0', A, C)).toBe('');
  expect(node.block('s')).toMatchObject({ received: 1, sent: 1 });
});

test('frames made in this node go everywhere, and are not learned', () => {
  const { node, sentTo, details } = bridged();
  node.inject('b', 1, ethernetFrame({ from: A, to: B }));
  node.settle();
  expect(sentTo()).toBe('p0 p1 p2');
  expect(details().addresses).toBe(0);
});

test('one that takes its place goes on with what was learned', () => {
  const { node, send, sentTo } = bridged();
  send('p0', A, B);
  node.act(
    { do: 'add', name: 'n', type: 'bridge', config: { age: 1 } },
    { do: 'replace', old: 'b', new: 'n' },
  );
  node.arrive('p1', ethernetFrame({ from: B, to: A }));
  expect(sentTo()).toBe('p0');
  node.elapse(301 * SECOND);
  expect(node.block('n').details?.()).toMatchObject({ addresses: 0 });
});
