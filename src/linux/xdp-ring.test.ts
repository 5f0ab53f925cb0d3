import { expect, test } from 'vitest';
import { ConsumerRing, ProducerRing, type RingPlace } from './xdp-ring.js';

const SIZE = 8;
const place: RingPlace = { producer: 1, consumer: 2, flags: 3, entries: 4, entryWords: 4, size: SIZE };

/** Memory of a ring whose counts begin here. */
function memory(count: number): Int32Array {
  const words = new Int32Array(4 + SIZE * 4);
  words[place.producer] = words[place.consumer] = count;
  return words;
}

// Across 2^32, across 2^31 (where a signed word changes its sign), and elsewhere.
test.each([0, 5, 0x7fff_fffb, 0xffff_fffa])('what is put in comes out, in order, from %i on', (begin) => {
  const words = memory(begin);
  // The same memory seen from both ends: what the kernel's is to ours.
  const into = new ProducerRing(words, place);
  const out = new ConsumerRing(words, place);
  let put = 0;
  let got = 0;
  for (let round = 0; round < 40; round++) {
    const n = (round % SIZE) + 1;
    for (let i = 0; i < n; i++) words[into.next(i)] = put + i;
    expect(out.available).toBe(0);
    into.publish(n);
    put += n;
    expect([into.waiting, out.available]).toEqual([n, n]);
    for (const part of [n >> 1, n - (n >> 1)]) {
      for (let i = 0; i < part; i++) expect(words[out.next(i)]).toBe(got + i);
      out.release(part);
      got += part;
      expect([into.waiting, out.available]).toEqual([put - got, put - got]);
    }
  }
  expect(words[place.producer] >>> 0).toBe((begin + put) >>> 0);
  expect(words[place.consumer] >>> 0).toBe((begin + got) >>> 0);
});

test('entries stay within their ring', () => {
  const words = memory(0xffff_fffd);
  const into = new ProducerRing(words, place);
  const at = Array.from({ length: SIZE }, (_, i) => into.next(i));
  expect([...at].sort((a, b) => a - b)).toEqual(Array.from({ length: SIZE }, (_, i) => 4 + 4 * i));
});

test.each([
  0, 0xffff_ffff, 0x7fff_ffff,
])('what was published is found again, and taken back, at %i', (begin) => {
  const words = memory(begin);
  const into = new ProducerRing(words, place);
  const at = [into.next(0), into.next(1), into.next(2)];
  into.publish(3);
  words[place.consumer] = (words[place.consumer] + 1) | 0; // as the kernel takes one
  expect([into.taken(-1), into.taken(0), into.taken(1), into.waiting]).toEqual([...at, 2]);
  into.publish(-2);
  expect([into.waiting, into.next(0)]).toEqual([0, at[1]]);
});

test('a kernel that sleeps says so in the flags', () => {
  const words = memory(0);
  const into = new ProducerRing(words, place);
  expect(into.wantsWakeup).toBe(false);
  words[place.flags] = 1;
  expect(into.wantsWakeup).toBe(true);
});
