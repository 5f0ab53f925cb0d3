import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceiveQueue } from './receive-queue.js';

/** The byte that stands at an offset of the stream. */
function byteAt(offset: number): number {
  return (offset * 31 + (offset >> 8)) & 255;
}

const START_NUMBERS = [0, 0x7fff_ffc0 | 0, -64];

test('any pieces in any order, with overlaps and wraps: each byte is read once, in order, and the islands are what is held', () => {
  const step = fc.record({
    from: fc.nat(400),
    length: fc.integer({ min: 1, max: 60 }),
    read: fc.boolean(),
    most: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...START_NUMBERS), fc.array(step, { maxLength: 80 }), (base, steps) => {
      const queue = new ReceiveQueue();
      const has = new Set<number>();
      let expected = 0;
      let read = 0;
      for (const { from, length, read: reads, most } of steps) {
        const begin = Math.max(from, expected);
        const size = from + length - begin;
        if (size > 0) {
          // In the midst of other bytes, as in a frame.
          const frame = Uint8Array.from({ length: size + 7 }, (_, i) => byteAt(begin + i - 3));
          const next = queue.insert((base + begin) | 0, frame, 3, size, (base + expected) | 0);
          for (let i = begin; i < begin + size; i++) has.add(i);
          while (has.has(expected)) expected++;
          expect(next).toBe((base + expected) | 0);
        }
        if (reads) {
          const bytes = queue.read(most);
          if (bytes === null) expect(read).toBe(expected);
          else {
            expect(bytes.length).toBeLessThanOrEqual(most);
            for (const byte of bytes) expect(byte).toBe(byteAt(read++));
          }
        }
        expect(queue.readable).toBe(expected - read);
        const beyond = [...has].filter((offset) => offset >= expected);
        expect(queue.waiting).toBe(beyond.length);
        const left = new Int32Array(4);
        const right = new Int32Array(4);
        const count = queue.islands(left, right, 4);
        for (let i = 0; i < count; i++) {
          const start = (left[i] - base) | 0;
          const end = (right[i] - base) | 0;
          expect(has.has(start - 1) && start > expected).toBe(false);
          expect(has.has(end)).toBe(false);
          for (let offset = start; offset < end; offset++) expect(has.has(offset)).toBe(true);
          expect(queue.holds(left[i], end - start)).toBe(true);
          expect(queue.holds(left[i], end - start + 1)).toBe(false);
        }
        expect(count === 0).toBe(beyond.length === 0);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

describe('memory', () => {
  test('every second byte of a window costs bounded memory: what finds no place is not held', () => {
    const queue = new ReceiveQueue();
    const byte = Uint8Array.of(1);
    for (let i = 0; i < 50_000; i++) queue.insert(2 + 2 * i, byte, 0, 1, 0);
    expect(queue.pieceCount).toBeLessThan(300);
    expect(queue.holds(2 + 2 * 40_000, 1)).toBe(false);
  });

  test('what was read leaves nothing, and what is held costs three times its size at most', () => {
    const queue = new ReceiveQueue();
    let next = 0;
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 1_000; i++) next = queue.insert(next, new Uint8Array(10), 0, 10, next);
    for (let bytes = queue.read(1); bytes !== null; bytes = queue.read()) buffers.add(bytes.buffer);
    let held = 0;
    for (const buffer of buffers) held += buffer.byteLength;
    expect(held).toBeLessThan(3 * 10_000);
    // Alone, each gets just what it needs.
    queue.insert(next, new Uint8Array(10), 0, 10, next);
    expect(queue.read()?.buffer.byteLength).toBe(10);
  });
});
