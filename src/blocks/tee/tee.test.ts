import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;

test('gives every block on top of it the frame; the lowest port gets the original', () => {
  const node = makeEngine();
  node.add({ t: 'tee', a: 'counter', b: 'counter', c: 'counter' });
  node.act(bind('a', 't'), bind('b', 't'), bind('c', 't'), { do: 'unbind', upper: 'b', lower: 't' });
  node.inject('t');
  expect(node.block('t')).toMatchObject({ packets: 1, copies: 1 });
  expect([node.block('a'), node.block('b'), node.block('c')]).toMatchObject([
    { packets: 1 },
    { packets: 0 },
    { packets: 1 },
  ]);
  expect(node.engine.totals()).toMatchObject({ in: 1, created: 1 });
});

test('all 32 branches', () => {
  const node = makeEngine();
  node.add({ t: 'tee', end: 'discard' });
  for (let i = 0; i < 32; i++) node.act({ do: 'connect', from: 't', port: `ingress${i}`, to: 'end' });
  node.inject('t');
  expect([node.block('t'), node.block('end')]).toMatchObject([{ copies: 31 }, { packets: 32 }]);
});

test('with nothing on top a frame ends at the unbound port', () => {
  const node = makeEngine();
  node.add({ t: 'tee' });
  node.inject('t');
  expect(node.drops()).toEqual({ 't unbound-port': 1 });
});

test('downwards it only passes on, by its egress even while others sit on it', () => {
  const node = makeEngine();
  node.add({ t: 'tee', up: 'discard', down: 'discard' });
  node.act(bind('up', 't'), { do: 'connect', from: 't', port: 'egress', to: 'down' });
  node.inject('t', 1);
  expect([node.block('t'), node.block('up'), node.block('down')]).toMatchObject([
    { packets: 0, copies: 0 },
    { packets: 0 },
    { packets: 1 },
  ]);
});
