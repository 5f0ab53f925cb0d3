import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { sameAsInline } from '../../testing/inline.js';

function switched(output?: number) {
  const node = makeEngine();
  node.act({ do: 'add', name: 's', type: 'switch', config: output === undefined ? {} : { output } });
  node.add({ a: 'counter', b: 'counter', last: 'counter', down: 'discard', end: 'discard' });
  node.act({ do: 'bind', upper: 'a', lower: 's' }, { do: 'bind', upper: 'b', lower: 's' });
  node.act({ do: 'connect', from: 's', port: 'ingress15', to: 'last' });
  node.act({ do: 'connect', from: 's', port: 'egress', to: 'down' });
  for (const from of ['a', 'b', 'last']) node.act({ do: 'connect', from, port: 'ingress', to: 'end' });
  return node;
}

const counts = (node: ReturnType<typeof switched>, ...names: string[]) =>
  names.map((name) => node.block<{ packets: number } & { receive(): number }>(name).packets);

test('sends up by the chosen port, which set changes', () => {
  const node = switched();
  node.inject('s');
  node.act({ do: 'set', name: 's', options: { output: 1 } });
  node.inject('s');
  node.inject('s');
  node.act({ do: 'set', name: 's', options: { output: 15 } });
  for (let i = 0; i < 4; i++) node.inject('s');
  expect(counts(node, 'a', 'b', 'last', 's')).toEqual([1, 2, 4, 7]);
});

test('an unbound port ends the frame, -1 drops it', () => {
  const node = switched(7);
  node.inject('s');
  node.act({ do: 'set', name: 's', options: { output: -1 } });
  node.inject('s');
  expect(node.drops()).toEqual({ 's unbound-port': 1, 's off': 1 });
});

test('downwards it passes on, even when off', () => {
  const node = switched(-1);
  node.inject('s', 1);
  expect(counts(node, 'down', 's')).toEqual([1, 0]);
});

test('no other output is taken', () => {
  for (const output of [-2, 16, 0.5]) expect(() => switched(output)).toThrow('s (switch): output');
});

test.each([-1, 0, 3, 15])('the source for output %i does the same', (output) => {
  expect(sameAsInline('switch', { output }, [0, 2, 30])).toEqual([]);
});
