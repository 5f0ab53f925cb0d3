import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { hexOf, numberedFrame } from '../../testing/frames.js';

test('passes frames on as they are, both ways', () => {
  const node = makeEngine();
  node.hook('left', 'right');
  node.add({ f: 'forward' });
  node.act(
    { do: 'bind', upper: 'f', lower: 'left' },
    { do: 'connect', from: 'f', port: 'ingress', to: 'right' },
  );
  node.arrive('left', numberedFrame(1));
  node.inject('f', 1, numberedFrame(2));
  expect(node.links.end('right').take().map(hexOf)).toEqual([hexOf(numberedFrame(1))]);
  expect(node.links.end('left').take().map(hexOf)).toEqual([hexOf(numberedFrame(2))]);
});
