import { expect, test } from 'vitest';
import { makePool } from '../testing/pool.js';
import { copyFrame, type PoolFrame, resetFrame } from './frame.js';

/** What a frame has beside its bytes and its place in the pool. */
function metadata(frame: PoolFrame): Record<string, unknown> {
  const { bytes: _b, view: _v, slotOffset: _s, slotEnd: _e, start: _t, length: _l, ...rest } = frame;
  const { isFree: _f, onLoan: _o, ...told } = rest;
  return told;
}

/** Two frames of a pool, the first with another number in each of its fields. */
function frames(): [PoolFrame, PoolFrame] {
  const pool = makePool({ size: 2, slotSize: 256, headroom: 64 });
  const [one, other] = [pool.allocate(), pool.allocate()];
  if (one === null || other === null) throw new Error('no frame');
  for (const [i, field] of Object.keys(metadata(one)).entries()) Object.assign(one, { [field]: i + 2 });
  one.direction = 1;
  return [one, other];
}

test('a copy has every field of the frame', () => {
  const [one, other] = frames();
  expect(Object.keys(metadata(one)).length).toBeGreaterThan(18);
  copyFrame(one, other);
  expect(metadata(other)).toEqual(metadata(one));
});

test('a fresh frame has nothing of the one before', () => {
  const [one, other] = frames();
  resetFrame(one, 64);
  expect(metadata(one)).toEqual(metadata(other));
});
