import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrossingReader, CrossingWriter, createCrossingRing, ENTER } from './crossing-ring.js';
import type { PoolFrame } from './frame.js';
import { Pool } from './pool.js';

const pool = () => new Pool({ size: 8, slotSize: 1024, headroom: 64 });

/** A frame whose every number is one of its own. */
function filled(from: Pool, length: number, seed: number): PoolFrame {
  const frame = from.allocate()!;
  const fields = frame as unknown as Record<string, unknown>;
  let next = seed;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number' && !['slotOffset', 'slotEnd', 'start'].includes(name))
      fields[name] = ++next;
  }
  frame.direction = seed % 2 === 0 ? 0 : 1;
  frame.timestamp = 1.7e15 + 0.25 + seed;
  frame.mark = -seed;
  frame.hash = 0xffff_ffff - seed;
  frame.nextHop = 0xc0a8_0001 + seed;
  frame.segmentSize = 1400 + seed;
  frame.checksum = 1 + (seed % 2);
  frame.start += seed % 8;
  frame.length = length;
  for (let i = 0; i < length; i++) frame.bytes[frame.start + i] = (i * 7 + seed) & 0xff;
  return frame;
}

/** What a frame is, its place in the pool left out. */
function described(frame: PoolFrame): Record<string, unknown> {
  const { bytes, view: _view, slotOffset, slotEnd: _end, start, length, ...rest } = frame;
  return { ...rest, headroom: start - slotOffset, data: [...bytes.subarray(start, start + length)] };
}

describe('a crossing ring', () => {
  test.each([
    0, 1, 3, 60, 64, 191, 192, 193, 900,
  ])('carries a frame of %i bytes with all that it has', (length) => {
    const [here, there] = [pool(), pool()];
    const memory = createCrossingRing(4096);
    const [writer, reader] = [new CrossingWriter(memory), new CrossingReader(memory)];
    for (let seed = 1; seed < 20; seed++) {
      const frame = filled(here, length, seed);
      expect(writer.push(frame, 77, ENTER, frame.hops)).toBe(true);
      expect(reader.next()).toBe(false); // nobody sees it yet
      writer.publish();
      expect(reader.next()).toBe(true);
      expect([reader.idp, reader.port, reader.length]).toEqual([77, ENTER, length]);
      const taken = there.allocate()!;
      reader.take(taken);
      reader.release();
      expect(described(taken)).toEqual({ ...described(frame), nextIdp: 77 });
      expect(reader.next()).toBe(false);
      here.release(frame);
      there.release(taken);
    }
  });

  test('refuses a frame that finds no room, and takes it once there is', () => {
    const here = pool();
    const memory = createCrossingRing(4096);
    const [writer, reader] = [new CrossingWriter(memory), new CrossingReader(memory)];
    const frame = filled(here, 900, 1);
    let count = 0;
    while (writer.push(frame, 1, 0, 0)) count++;
    expect(count).toBe(4);
    writer.publish();
    reader.next();
    reader.skip();
    expect(writer.push(frame, 1, 0, 0)).toBe(false); // the room is not given back yet
    reader.release();
    expect(writer.push(frame, 2, 0, 0)).toBe(true);
    writer.publish();
    const seen = [];
    while (reader.next()) {
      seen.push(reader.idp);
      reader.skip();
    }
    expect(seen).toEqual([1, 1, 1, 2]);
  });

  test('keeps order, number and contents through any mixture of lengths', () => {
    const step = fc.record({ length: fc.nat(950), reads: fc.nat(3), publish: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const [here, there] = [pool(), pool()];
        const memory = createCrossingRing(4096);
        const [writer, reader] = [new CrossingWriter(memory), new CrossingReader(memory)];
        const expected: Record<string, unknown>[] = [];
        const got: Record<string, unknown>[] = [];
        const read = () => {
          if (!reader.next()) return false;
          const frame = there.allocate()!;
          reader.take(frame);
          reader.release();
          got.push(described(frame));
          there.release(frame);
          return true;
        };
        steps.forEach(({ length, reads, publish }, i) => {
          const frame = filled(here, length, i + 1);
          if (writer.push(frame, i, i & 1, i)) expected.push({ ...described(frame), nextIdp: i, hops: i });
          here.release(frame);
          if (publish) writer.publish();
          for (let n = 0; n < reads; n++) read();
        });
        writer.publish();
        while (read());
        expect(got.map((one) => ({ ...one, isFree: false }))).toEqual(
          expected.map((one) => ({ ...one, isFree: false })),
        );
      }),
      { seed: 50, numRuns: 100 },
    );
  });

  test('goes on when its counts of bytes wrap at 2^32', () => {
    const memory = createCrossingRing(4096);
    const [writer, reader] = [new CrossingWriter(memory), new CrossingReader(memory)];
    const ends = [writer, reader] as unknown as Record<string, number>[];
    for (const end of ends)
      for (const field of ['head', 'tail', 'tailSeen', 'headSeen']) {
        if (field in end) end[field] = -4096;
      }
    new Int32Array(memory, 0, 32).fill(-4096);
    const here = pool();
    for (let i = 0; i < 40; i++) {
      const frame = filled(here, 300, i);
      expect(writer.push(frame, i + 1, 0, 0)).toBe(true);
      here.release(frame);
      writer.publish();
      expect(reader.next()).toBe(true);
      expect(reader.idp).toBe(i + 1);
      reader.skip();
      reader.release();
    }
  });

  test.each([0, 100, 4095, 2 ** 30])('is not made of %i bytes', (bytes) => {
    expect(() => createCrossingRing(bytes)).toThrow('power of two');
  });
});
