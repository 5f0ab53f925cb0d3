import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';

test('ends every frame, counted as consumed and not as dropped', () => {
  const node = makeEngine();
  node.add({ d: 'discard' });
  node.inject('d', 0);
  node.inject('d', 1);
  expect(node.block('d')).toMatchObject({ packets: 2, bytes: 120 });
  expect(node.engine.totals()).toMatchObject({ in: 2, consumed: 2, dropped: 0 });
  expect(node.engine.pool.free).toBe(node.engine.pool.size);
});
