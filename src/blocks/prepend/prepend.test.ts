import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame, hexOf } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';

function prepending(config: Record<string, unknown>, headroom = 128) {
  const node = makeEngine({ pool: { size: 8, slotSize: 512, headroom } });
  node.act({ do: 'add', name: 'p', type: 'prepend', config });
  node.hook('up', 'down');
  node.act({ do: 'connect', from: 'p', port: 'ingress', to: 'up' });
  node.act({ do: 'connect', from: 'p', port: 'egress', to: 'down' });
  const through = (direction: 0 | 1 = 0) => {
    node.inject('p', direction, frame);
    node.settle();
    return node.links
      .end(direction === 0 ? 'up' : 'down')
      .take()
      .map(hexOf);
  };
  return { node, through };
}

const frame = ethernetFrame({ length: 60 });
const hex = hexOf(frame);

test('puts the bytes in front, both ways', () => {
  const { node, through } = prepending({ data: '0102ff' });
  expect(through()).toEqual([`0102ff${hex}`]);
  expect(through(1)).toEqual([`0102ff${hex}`]);
  expect(node.block('p')).toMatchObject({ packets: 2 });
});

test('blanks and colons may part the bytes; they can be changed for fewer', () => {
  const { node, through } = prepending({ data: '02:00:00:00:00:0A 0800 aB' });
  expect(through()).toEqual([`02000000000a0800ab${hex}`]);
  node.act({ do: 'set', name: 'p', options: { data: '77' } });
  expect(through()).toEqual([`77${hex}`]);
});

test.each([
  ['up', `55${hex}`, hex],
  ['down', hex, `55${hex}`],
])('way=%s: the others pass as they are', (way, up, down) => {
  const { through } = prepending({ data: '55', way });
  expect([through()[0], through(1)[0]]).toEqual([up, down]);
});

test('without room a frame is dropped; with just enough it goes', () => {
  const { node, through } = prepending({ data: '0102030405' }, 4);
  expect(through()).toEqual([]);
  expect(node.drops()).toEqual({ 'p no-headroom': 1 });
  node.act({ do: 'set', name: 'p', options: { data: '01020304' } });
  expect(through()).toEqual([`01020304${hex}`]);
});

test.each([
  {},
  { data: '' },
  { data: '0' },
  { data: 'xx' },
  { data: '00'.repeat(65) },
  { data: '00', way: 1 },
])('%j is refused', (config) => {
  expect(() => prepending(config)).toThrow('p (prepend): ');
});

test.each([
  '01',
  '0102030405060708ff',
  'ff'.repeat(32),
  '00'.repeat(33),
])('the source for %s does the same', (data) => {
  for (const way of ['both', 'up', 'down']) expect(sameAsInline('prepend', { data, way })).toEqual([]);
});
