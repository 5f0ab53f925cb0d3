import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame } from '../../testing/frames.js';

test('counts frames and bytes, both ways, and passes each on', () => {
  const node = makeEngine();
  node.add({ c: 'counter', up: 'discard', down: 'discard' });
  node.act({ do: 'bind', upper: 'up', lower: 'c' }, { do: 'connect', from: 'c', port: 'egress', to: 'down' });
  node.inject('c', 0, ethernetFrame({ length: 100 }));
  node.inject('c', 0, new Uint8Array(0));
  node.inject('c', 1, ethernetFrame({ length: 60 }));
  expect(node.block('c')).toMatchObject({ packets: 3, bytes: 160 });
  expect([node.block('up'), node.block('down')]).toMatchObject([{ packets: 2 }, { packets: 1 }]);
});
