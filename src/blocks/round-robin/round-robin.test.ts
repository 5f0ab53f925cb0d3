import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { sameAsInline } from '../../testing/inline.js';

const connect = (port: string, to: string) => ({ do: 'connect', from: 'r', port, to }) as const;

function sharing(ports: Record<string, string>) {
  const node = makeEngine();
  node.add({
    r: 'round-robin',
    ...Object.fromEntries(Object.values(ports).map((name) => [name, 'discard'])),
  });
  for (const [port, to] of Object.entries(ports)) node.act(connect(port, to));
  const order: string[] = [];
  const send = (direction: 0 | 1, times: number) => {
    for (let i = 0; i < times; i++) {
      const before = Object.values(ports).map((name) => count(name));
      node.inject('r', direction);
      order.push(Object.values(ports).find((name, n) => count(name) > (before[n] ?? 0)) ?? '-');
    }
    return order.splice(0).join(' ');
  };
  const count = (name: string) => node.block<{ packets: number; receive(): number }>(name).packets;
  return { node, send };
}

test('the bound ports have their turn, each way of its own', () => {
  const { send, node } = sharing({ ingress: 'a', ingress3: 'b', ingress15: 'c', egress1: 'x', egress2: 'y' });
  expect(send(0, 4)).toBe('a b c a');
  expect(send(1, 3)).toBe('x y x');
  expect(send(0, 3)).toBe('b c a');
  expect(node.block('r')).toMatchObject({ packets: 10 });
});

test('ports come and go', () => {
  const { node, send } = sharing({ ingress: 'a', ingress1: 'b', ingress2: 'c' });
  expect(send(0, 2)).toBe('a b');
  node.act({ do: 'disconnect', from: 'r', port: 'ingress2' });
  expect(send(0, 2)).toBe('a b');
  node.act({ do: 'disconnect', from: 'r', port: 'ingress1' }, connect('ingress2', 'c'));
  expect(send(0, 3)).toBe('c a c');
});

test('with no port bound that way a frame ends there', () => {
  const { send, node } = sharing({ ingress: 'a' });
  expect(send(1, 1)).toBe('-');
  expect(node.drops()).toEqual({ 'r unbound-port': 1 });
  expect(node.block('r')).toMatchObject({ packets: 0 });
});

test('one that takes its place goes on with the turn', () => {
  const { node, send } = sharing({ ingress: 'a', ingress1: 'b', ingress2: 'c' });
  send(0, 1);
  node.act({ do: 'add', name: 'r2', type: 'round-robin' }, { do: 'replace', old: 'r', new: 'r2' });
  node.inject('r2');
  expect(node.block('b')).toMatchObject({ packets: 1 });
});

test.each([
  [[]],
  [[0]],
  [[1]],
  [[0, 2, 1]],
  [[6, 30, 3, 31]],
  [[2, 8, 10, 12]],
])('the source for bound ports %j does the same', (bound) => {
  for (let last = -1; last < 16; last++) {
    const start = (block: object) => Object.assign(block, { turn: Int32Array.of(last, last) });
    expect(sameAsInline('round-robin', {}, bound, start)).toEqual([]);
  }
});
