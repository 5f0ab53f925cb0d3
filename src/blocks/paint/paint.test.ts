import { expect, test } from 'vitest';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { makeEngine } from '../../testing/engine.js';

/** The mark that a frame has behind the block. */
function painted(config: Record<string, unknown>, mark = 0, direction: 0 | 1 = 0): number {
  const node = makeEngine();
  node.act({ do: 'add', name: 'p', type: 'paint', config });
  const frame = node.engine.pool.allocate() as Frame;
  Object.assign(frame, { mark, direction });
  expect(node.block<Block>('p').receive(frame, node.engine.dispatch)).toBe(direction);
  expect(node.block('p')).toMatchObject({ packets: 1 });
  return frame.mark;
}

test('sets the mark, both ways', () => {
  expect(painted({})).toBe(1);
  expect(painted({ color: 0xffffffff }, 5)).toBe(0xffffffff);
  expect(painted({ color: 0 }, 5, 1)).toBe(0);
});

test('sets the bits of its mask only', () => {
  expect(painted({ color: 0x80000000, mask: 0xff000000 }, 0x7f123456)).toBe(0x80123456);
  expect(painted({ color: 2, mask: 3 }, 0xfffffff1)).toBe(0xfffffff2);
});

test('a colour outside the mask, or no 32-bit number, is refused and changes nothing', () => {
  const node = makeEngine();
  node.act({ do: 'add', name: 'p', type: 'paint', config: { color: 3, mask: 7 } });
  const set = (options: Record<string, unknown>) => () => node.act({ do: 'set', name: 'p', options });
  expect(set({ color: 8 })).toThrow('p: color: 0x8 has bits outside the mask 0x7');
  expect(set({ color: -1 })).toThrow('color');
  expect(set({ color: 0x100000000 })).toThrow('color');
  expect(set({ mask: 0 })).toThrow('mask');
  expect(node.block('p')).toMatchObject({ color: 3, keep: ~7 });
});
