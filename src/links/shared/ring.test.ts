import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { makeEngine } from '../../testing/engine.js';
import { createRing, RingFlag, RingReader, RingWriter } from './ring.js';

const { pool } = makeEngine({ pool: { size: 4, slotSize: 4096, headroom: 0 } }).engine;

function frameOf(bytes: Uint8Array, fields: Partial<Frame> = {}): Frame {
  const frame = pool.allocate()!;
  frame.fill(bytes);
  Object.assign(frame, fields);
  pool.release(frame); // stays as it is until the next one is allocated
  return frame;
}
const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
const bytesIn = (reader: RingReader) => reader.memory.slice(reader.offset, reader.offset + reader.length);

function ring(options: Parameters<typeof createRing>[0] = { bytes: 4096 }) {
  const memory = createRing(options);
  return { memory, writer: new RingWriter(memory), reader: new RingReader(memory) };
}

/** Sets both ends' counters, as after many frames: to come by the end of 32 bits. */
function startAt(memory: SharedArrayBuffer, position: number, count: number): void {
  const words = new Int32Array(memory, 0, 8);
  words.set([position | 0, position | 0, count | 0, count | 0]);
}

describe('a ring', () => {
  test('hands a frame over with its metadata and a note', () => {
    const { writer, reader } = ring();
    const frame = frameOf(bytes(300), {
      timestamp: 1.5e15,
      protocol: 0x806,
      packetType: 4,
      interfaceIndex: -3,
      direction: 1,
    });
    expect(writer.push(frame, 'dropped by fb3: filtered')).toBe(true);
    expect(reader.next()).toBe(false); // not published
    writer.publish();
    expect(reader.next()).toBe(true);
    expect(reader).toMatchObject({
      length: 300,
      originalLength: 300,
      timestamp: 1.5e15,
      protocol: 0x806,
      packetType: 4,
      interfaceIndex: -3,
      flags: RingFlag.egress,
      note: 'dropped by fb3: filtered',
    });
    expect(bytesIn(reader)).toEqual(bytes(300));
    expect(reader.next()).toBe(false);
  });

  test('nothing of an earlier record shows in a later one', () => {
    const { writer, reader } = ring();
    for (let round = 0; round < 100; round++) {
      writer.push(
        frameOf(bytes(60), { protocol: 9, packetType: 9, interfaceIndex: 9, direction: 1 }),
        'a note',
      );
      writer.pushBytes(bytes(round), 7);
      writer.publish();
      reader.next();
      expect(reader.note).toBe('a note');
      reader.next();
      expect(reader).toMatchObject({
        length: round,
        timestamp: 7,
        protocol: 0,
        packetType: 0,
        interfaceIndex: 0,
        flags: 0,
        note: '',
      });
      reader.release();
    }
  });

  test('notes are cut at 200 characters and kept to ASCII', () => {
    const { writer, reader } = ring();
    writer.push(frameOf(bytes(1)), 'é'.repeat(300));
    writer.publish();
    reader.next();
    expect(reader.note).toMatch(/^[\0-\x7f]{200}$/);
  });

  test('a frame larger than the ring never fits, and is counted', () => {
    const { writer, reader } = ring();
    expect([writer.pushBytes(new Uint8Array(4096), 0), writer.pushBytes(new Uint8Array(4064), 0)]).toEqual([
      false,
      true,
    ]);
    expect([writer.overflow, reader.overflow]).toEqual([1, 1]);
  });

  test('holds as many frames as it was made for', () => {
    const { writer, reader } = ring({ bytes: 4096, frames: 2 });
    const pushed = [1, 2, 3].map((n) => writer.pushBytes(bytes(n), 0));
    writer.publish();
    expect([pushed, writer.waiting, writer.overflow]).toEqual([[true, true, false], 2, 1]);
    reader.next();
    expect(writer.pushBytes(bytes(1), 0)).toBe(false); // read, but not yet given back
    reader.release();
    expect([writer.pushBytes(bytes(1), 0), writer.waiting]).toEqual([true, 1]);
  });

  test.each([4095, 5000, 2 ** 31, 0, -1, Number.NaN])('of %d bytes is not made', (size) => {
    expect(() => createRing({ bytes: size })).toThrow(RangeError);
  });

  test('of no frames is not made; of endlessly many is one of as many as fit', () => {
    for (const frames of [0, -1, Number.NaN])
      expect(() => createRing({ bytes: 4096, frames })).toThrow(RangeError);
    const { writer } = ring({ bytes: 4096, frames: Number.POSITIVE_INFINITY });
    expect(writer.pushBytes(bytes(1), 0)).toBe(true);
  });

  test('closing is seen at the other end', () => {
    const { writer, reader } = ring();
    expect(reader.closed).toBe(false);
    writer.close();
    expect(reader.closed).toBe(true);
  });
});

type Step =
  | { readonly do: 'push'; readonly length: number; readonly note: number }
  | { readonly do: 'publish' }
  | { readonly do: 'read'; readonly count: number }
  | { readonly do: 'release' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      length: fc.oneof(fc.nat(400), fc.nat(1600)),
      note: fc.constantFrom(0, 0, 5, 199),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'publish' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'release' as const }) },
);

/** What a ring of 4096 bytes must do, without any memory. */
class Model {
  pushed: { bytes: Uint8Array; note: string }[] = [];
  published: { bytes: Uint8Array; note: string }[] = [];
  waiting = 0;
  read = 0;
  overflow = 0;
}

test.each([
  [0, 0],
  [0xffff_f000, 0x7fff_fff0],
  [0x7fff_fff8, -4],
])('any interleaving of writer and reader is a queue (positions from %d)', (position, count) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(3, 1000), (steps, frames) => {
      const memory = createRing({ bytes: 4096, frames });
      startAt(memory, position, count);
      const [writer, reader, model] = [new RingWriter(memory), new RingReader(memory), new Model()];
      let serial = 0;
      for (const now of steps) {
        if (now.do === 'push') {
          const entry = { bytes: bytes(now.length, serial++), note: 'n'.repeat(now.note) };
          if (writer.push(frameOf(entry.bytes), entry.note)) {
            model.pushed.push(entry);
            expect(model.waiting + model.pushed.length).toBeLessThanOrEqual(frames);
          } else {
            model.overflow++;
            const free = model.waiting + model.pushed.length + model.read;
            expect(free > 0 || now.length + now.note > 2000).toBe(true); // an empty ring takes what is not too large
          }
        } else if (now.do === 'publish') {
          writer.publish();
          model.waiting += model.pushed.length;
          model.published.push(...model.pushed.splice(0));
        } else if (now.do === 'read') {
          for (let i = 0; i < now.count && reader.next(); i++) {
            const expected = model.published.shift();
            expect([bytesIn(reader), reader.note]).toEqual([expected?.bytes, expected?.note]);
            model.read++;
          }
        } else {
          reader.release();
          model.waiting -= model.read;
          model.read = 0;
        }
        expect([writer.waiting, reader.waiting, reader.overflow]).toEqual([
          model.waiting,
          model.waiting,
          model.overflow,
        ]);
      }
      writer.publish();
      while (reader.next())
        expect(bytesIn(reader)).toEqual((model.published.shift() ?? model.pushed.shift())?.bytes);
      expect([model.published, model.pushed]).toEqual([[], []]);
    }),
    { seed: 50, numRuns: 150 },
  );
});
