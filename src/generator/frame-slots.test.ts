import { expect, test } from 'vitest';
import type { FrameTemplate } from '../traffic/frame-template.js';
import { numberedFrame } from '../traffic/numbered-frame.js';
import { FrameOrder } from './frame-order.js';
import { FrameSlots, placesFor } from './frame-slots.js';

const STRIDE = 16;

function fixed(...values: number[]): FrameTemplate {
  return { bytes: Uint8Array.from(values), changes: false, advance() {} };
}

/** A ring and what lies in it. */
function ring(packets: readonly FrameTemplate[], count: number) {
  const memory = new Uint8Array(8 + STRIDE * count);
  const slots = new FrameSlots(new FrameOrder(packets, null), memory, 8, STRIDE, count);
  const take = () => {
    const place = slots.layOut();
    const at = 8 + place * STRIDE;
    const bytes = [...memory.subarray(at, at + slots.lengths[place])];
    expect(slots.release(1)).toBe(bytes.length);
    return bytes;
  };
  return { memory, slots, take };
}

test('frames come in their order, changed from sending to sending', () => {
  const { take } = ring([fixed(1, 2, 3), numberedFrame(new Uint8Array(4), 0, 7), fixed(9)], 4);
  const seen = Array.from({ length: 7 }, take);
  expect(seen).toEqual([[1, 2, 3], [0, 0, 0, 7], [9], [1, 2, 3], [0, 0, 0, 8], [9], [1, 2, 3]]);
});

test('what never changes is copied once when a whole number of rounds fits', () => {
  const packets = [fixed(1, 2), fixed(3, 4, 5)];
  const { slots, take } = ring(packets, 4);
  for (let i = 0; i < 4; i++) take();
  // From now on the places hold what they need: other bytes are not looked at.
  packets[0].bytes[0] = 99;
  expect([take(), take(), take()]).toEqual([
    [1, 2],
    [3, 4, 5],
    [1, 2],
  ]);
  expect(slots.head).toBe(3);
});

test('frames that are laid out and not gone keep their places', () => {
  const { slots, memory } = ring([fixed(1), fixed(2), fixed(3)], 4);
  const places = [slots.layOut(), slots.layOut(), slots.layOut()];
  expect(places).toEqual([0, 1, 2]);
  expect(slots.release(2)).toBe(2);
  expect([slots.head, slots.ready]).toEqual([2, 1]);
  expect([slots.layOut(), slots.layOut()]).toEqual([3, 0]);
  expect([2, 3, 0].map((place) => memory[8 + place * STRIDE])).toEqual([3, 1, 2]);
});

test('chance draws every packet, the same ones for the same numbers', () => {
  const packets = [fixed(1), fixed(2), fixed(3)];
  const numbers = [0, 0xffff_ffff, 0x8000_0000, 0x5555_5555, 0x5555_5556];
  const order = new FrameOrder(packets, () => numbers.shift() ?? 0);
  expect(Array.from({ length: 5 }, () => order.next())).toEqual([0, 2, 1, 0, 1]);
});

test.each([
  [1, 256],
  [3, 255],
  [200, 200],
  [256, 256],
  [257, 256],
])('a ring for %d packets has %d places', (packets, places) => {
  const order = new FrameOrder(
    Array.from({ length: packets }, () => fixed(1)),
    null,
  );
  expect(placesFor(order, 256)).toBe(places);
});
