import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame, hexOf } from '../../testing/frames.js';

function stripping(config: Record<string, unknown>) {
  const node = makeEngine();
  node.act({ do: 'add', name: 's', type: 'strip', config });
  node.hook('up', 'down');
  node.act({ do: 'connect', from: 's', port: 'ingress', to: 'up' });
  node.act({ do: 'connect', from: 's', port: 'egress', to: 'down' });
  const through = (bytes: Uint8Array, direction: 0 | 1 = 0) => {
    // A hop before it, so that ethernet takes the frame as handed over.
    node.inject('s', direction, bytes);
    node.settle();
    return node.links
      .end(direction === 0 ? 'up' : 'down')
      .take()
      .map(hexOf);
  };
  return { node, through };
}

const frame = ethernetFrame({ length: 60 });

test('takes the bytes off the front, both ways', () => {
  const { node, through } = stripping({ bytes: 14 });
  expect(through(frame)).toEqual([hexOf(frame.subarray(14))]);
  expect(through(frame, 1)).toEqual([hexOf(frame.subarray(14))]);
  expect(node.block('s')).toMatchObject({ packets: 2 });
});

test.each([
  ['up', 46, 60],
  ['down', 60, 46],
])('way=%s: the others pass as they are', (way, up, down) => {
  const { through } = stripping({ bytes: 14, way });
  expect(through(frame)[0]?.length).toBe(2 * up);
  expect(through(frame, 1)[0]?.length).toBe(2 * down);
});

test('a frame that is too short is dropped; one that is just as long is empty then', () => {
  const { node } = stripping({ bytes: 20 });
  node.add({ end: 'discard' });
  node.act(
    { do: 'disconnect', from: 's', port: 'ingress' },
    { do: 'connect', from: 's', port: 'ingress', to: 'end' },
  );
  node.inject('s', 0, frame.subarray(0, 19));
  node.inject('s', 0, frame.subarray(0, 20));
  expect(node.drops()).toEqual({ 's too-short': 1 });
  expect(node.block('end')).toMatchObject({ packets: 1, bytes: 0 });
});

test('the number of bytes can be changed', () => {
  const { node, through } = stripping({ bytes: 1 });
  node.act({ do: 'set', name: 's', options: { bytes: 2 } });
  expect(through(frame)).toEqual([hexOf(frame.subarray(2))]);
});

test.each([{}, { bytes: 0 }, { bytes: 65536 }, { bytes: 1, way: 'left' }])('%j is refused', (config) => {
  expect(() => stripping(config)).toThrow('s (strip): ');
});
