import { expect, test } from 'vitest';
import { linkLosses } from '../contract/link.js';
import { testBlocks } from '../testing/blocks.js';
import { makeEngine } from '../testing/engine.js';
import { engineReasons, linkReasons, reasonsOf } from './reasons.js';

test('a block’s own reasons come first, then the engine’s, then a link’s; each has a sentence', () => {
  for (const type of makeEngine({ types: testBlocks }).engine.builder.all()) {
    const { reasons, texts } = reasonsOf(type);
    expect(reasons.slice(0, Object.keys(type.drops).length)).toEqual(Object.keys(type.drops));
    expect(new Set(reasons).size).toBe(reasons.length);
    const all = { ...engineReasons, ...linkReasons, ...linkLosses };
    expect(reasons).toEqual(expect.arrayContaining(Object.keys(all)));
    expect(texts.filter((text) => !text.includes(' ')).length).toBe(0);
  }
});

test('drops of blocks that are gone stay, summed by name and reason', () => {
  const node = makeEngine({ types: testBlocks });
  for (let i = 0; i < 3; i++) {
    node.add({ l: 'listener' });
    node.inject('l', 0, Uint8Array.of(i));
    node.act({ do: 'rm', name: 'l' });
  }
  node.add({ l: 'listener' });
  node.inject('l', 0, Uint8Array.of(9));
  expect(node.engine.drops()).toEqual([
    { block: 'l', reason: 'unwanted', text: 'every frame', count: 4, sample: '09' },
  ]);
});

test('past a thousand names, drops of blocks that are gone are summed under (removed)', () => {
  const node = makeEngine({ types: testBlocks });
  for (let i = 0; i < 1010; i++) {
    node.add({ [`l${i}`]: 'listener' });
    node.inject(`l${i}`);
    node.act({ do: 'rm', name: `l${i}` });
  }
  node.add({ l0: 'listener' });
  node.inject('l0');
  node.act({ do: 'rm', name: 'l0' });
  const lines = node.engine.drops();
  expect(lines.length).toBe(1001);
  expect(node.drops()).toMatchObject({ '(removed) unwanted': 10, 'l0 unwanted': 2, 'l999 unwanted': 1 });
  expect(lines.reduce((sum, line) => sum + line.count, 0)).toBe(node.engine.totals().dropped);
});
