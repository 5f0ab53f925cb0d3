import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePool } from '../../testing/pool.js';
import { Datagram, Placed } from './datagram.js';

const LENGTH = 160;
const whole = Uint8Array.from({ length: LENGTH }, (_, i) => i * 11 + 3);

interface Piece {
  from: number;
  to: number;
  /** A byte of it is not what it was in the others. */
  forged: boolean;
}

/** What must happen, byte by byte: RFC 5722's rule that an overlap ends the datagram, but for exact repetitions. */
class Model {
  readonly bytes: (number | null)[] = new Array<number | null>(LENGTH).fill(null);
  total = -1;

  place(data: Uint8Array, from: number, isLast: boolean): number {
    const to = from + data.length;
    const known = Array.from(data, (_, i) => this.bytes[from + i] ?? null);
    const end = this.bytes.findLastIndex((byte) => byte !== null) + 1;
    if (this.total >= 0 && (to > this.total || (isLast && to !== this.total))) return Placed.overlap;
    if (known.some((byte) => byte !== null)) {
      const same = known.every((byte, i) => byte === data[i]);
      return same && (!isLast || this.total === to) ? Placed.duplicate : Placed.overlap;
    }
    if (isLast && end > to) return Placed.overlap;
    for (const [i, byte] of data.entries()) this.bytes[from + i] = byte;
    if (isLast) this.total = to;
    for (let i = 0; i < this.total; i++) if ((this.bytes[i] ?? null) === null) return Placed.waiting;
    return this.total >= 0 ? Placed.complete : Placed.waiting;
  }
}

const piece: fc.Arbitrary<Piece> = fc
  .tuple(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 19 }))
  .map(([at, count, odd]) => ({ from: at * 8, to: Math.min(at * 8 + count * 8, LENGTH), forged: odd === 0 }));

/** Cuts of the whole, in any order, some twice: what an honest sender and a bad network make. */
const honest: fc.Arbitrary<Piece[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 19 }), { maxLength: 12 })
  .chain((cuts) => {
    const bounds = [0, ...cuts.map((cut) => cut * 8).sort((a, b) => a - b), LENGTH];
    const pieces = bounds.slice(1).map((to, i) => ({ from: bounds[i], to, forged: false }));
    return fc.shuffledSubarray([...pieces, ...pieces.slice(0, 4)], { minLength: pieces.length });
  });

test.each([
  ['arbitrary', fc.array(piece, { maxLength: 20 })],
  ['honest', honest],
])('%s fragments are put together as the model says', (_name, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, (pieces) => {
      const frame = makePool({ size: 1, slotSize: 1024, headroom: 16 }).allocate()!;
      const datagram = new Datagram('', '', 0, frame);
      datagram.headers = 20;
      const model = new Model();
      for (const { from, to, forged } of pieces) {
        const data = whole.slice(from, to);
        if (forged) data[0] ^= 1;
        const expected = model.place(data, from, to === LENGTH);
        expect(datagram.place(data, 0, from, data.length, to === LENGTH)).toBe(expected);
        if (expected === Placed.overlap || expected === Placed.complete) break;
      }
      if (model.total === LENGTH && model.bytes.every((byte) => byte !== null)) {
        const at = datagram.dataAt;
        expect([...frame.bytes.subarray(at, at + LENGTH)]).toEqual(model.bytes);
      }
      let beginning = 0;
      while ((model.bytes[beginning] ?? null) !== null) beginning++;
      expect(datagram.beginning).toBe(beginning);
    }),
    { seed: 815, numRuns: 600 },
  );
});

test('a datagram that is full of holes is refused', () => {
  const frame = makePool({ size: 1, slotSize: 70_000 }).allocate()!;
  const datagram = new Datagram('', '', 0, frame);
  const results = new Set<number>();
  for (let i = 0; i < 200; i++) results.add(datagram.place(whole, 0, i * 16, 8, false));
  expect([...results]).toEqual([Placed.waiting, Placed.scattered]);
});
