import { expect, test } from 'vitest';
import type { Frame } from '../contract/frame.js';
import { makePool } from '../testing/pool.js';
import { copyMetadata } from './frame-metadata.js';

/** What a frame has beside its bytes, its place in the pool and its way through the graph. */
function metadata(frame: Frame): Record<string, unknown> {
  const way = [
    'nextIdp',
    'hops',
    'start',
    'length',
    'slotOffset',
    'slotEnd',
    'isFree',
    'onLoan',
    'bytes',
    'view',
  ];
  return Object.fromEntries(Object.entries(frame).filter(([field]) => !way.includes(field)));
}

test('what is made of a frame has all that is known of it', () => {
  const pool = makePool({ size: 2, slotSize: 256, headroom: 64 });
  const [one, other] = [pool.allocate(), pool.allocate()];
  if (one === null || other === null) throw new Error('no frame');
  const fields = Object.keys(metadata(one));
  expect(fields.length).toBeGreaterThan(16);
  for (const [i, field] of fields.entries()) Object.assign(one, { [field]: i + 2 });
  copyMetadata(one, other);
  expect(metadata(other)).toEqual(metadata(one));
  expect([other.nextIdp, other.hops]).toEqual([0, 0]);
});
