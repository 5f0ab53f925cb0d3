import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';

const connect = (port: string, to: string) => ({ do: 'connect', from: 'c', port, to }) as const;

function checking(config: Record<string, unknown>) {
  const node = makeEngine();
  node.act({ do: 'add', name: 'c', type: 'check-paint', config });
  node.add({ yes: 'discard', no: 'discard', down: 'discard', off: 'discard' });
  node.act(connect('ingress', 'yes'), connect('egress', 'down'));
  const send = (mark: number, direction: 0 | 1 = 0) => {
    const frame = node.engine.pool.allocate()!;
    frame.mark = mark;
    node.engine.inject(frame, node.get('c').idp, direction);
  };
  const counts = () =>
    ['yes', 'no', 'down', 'off'].map(
      (name) => node.block<{ packets: number; receive(): number }>(name).packets,
    );
  return { node, send, counts };
}

test('others are dropped while their port is unbound, else they leave by it', () => {
  const { node, send, counts } = checking({ color: 2 });
  for (const mark of [0, 1, 2, 3]) send(mark);
  expect(counts()).toEqual([1, 0, 0, 0]);
  expect(node.drops()).toEqual({ 'c other-color': 3 });
  node.act(connect('ingress1', 'no'));
  for (const mark of [0, 1, 2, 3]) send(mark);
  expect(counts()).toEqual([2, 3, 0, 0]);
  expect(node.block('c')).toMatchObject({ packets: 2, others: 6 });
});

test('the same downwards, by the egress ports', () => {
  const { node, send, counts } = checking({});
  node.act(connect('egress1', 'off'));
  for (const mark of [1, 0, 0]) send(mark, 1);
  expect(counts()).toEqual([0, 0, 1, 2]);
});

test('compares the bits of its mask only, the highest among them', () => {
  const { node, send, counts } = checking({ color: 0x80000000, mask: 0xf0000000 });
  node.act(connect('ingress1', 'no'));
  for (const mark of [0x80000000, 0x8fffffff, 0x90000000, 0]) send(mark);
  expect(counts()).toEqual([2, 2, 0, 0]);
  node.act({ do: 'set', name: 'c', options: { color: 0, mask: null } });
  send(0);
  send(0x80000000);
  expect(counts()).toEqual([3, 3, 0, 0]);
});

test('meets what paint has marked', () => {
  const { node, counts } = checking({ color: 0xfffffffe });
  node.act({ do: 'add', name: 'p', type: 'paint', config: { color: 0xfffffffe } });
  node.act({ do: 'bind', upper: 'c', lower: 'p' });
  node.inject('p');
  expect(counts()).toEqual([1, 0, 0, 0]);
});

test('a colour outside the mask is refused', () => {
  expect(() => checking({ color: 4, mask: 3 })).toThrow('c: color: 0x4 has bits outside the mask 0x3');
});
