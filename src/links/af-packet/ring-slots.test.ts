import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePool, type TestPool } from '../../testing/pool.js';
import { RingSlots } from './ring-slots.js';

type TestFrame = Parameters<TestPool['release']>[0];

const STRIDE = 512;
const START = 256;
const POOL = { slotSize: 192, headroom: 64 };

/** The kernel's side of a ring: fills slots in turn, as long as they are its own. */
class FakeRing {
  readonly pool: TestPool;
  readonly slots: RingSlots;
  readonly words: Int32Array;
  readonly view: DataView;
  written = 0;
  private readonly at: number[];

  constructor(poolSize: number, count: number) {
    const begin = 4096 * Math.ceil((poolSize * 256) / 4096);
    this.pool = makePool({ ...POOL, size: poolSize, memory: new ArrayBuffer(begin + count * STRIDE) });
    this.at = Array.from({ length: count }, (_, i) => begin + i * STRIDE);
    this.words = new Int32Array(this.pool.memory.buffer);
    this.view = new DataView(this.pool.memory.buffer);
    this.slots = new RingSlots(this.pool, this.at);
  }

  /** Writes the next number into the next slot; false when that is not the kernel's. */
  fill(): boolean {
    const slot = this.at[this.written % this.at.length];
    if (this.words[slot >> 2] !== 0) return false;
    this.view.setUint32(slot + START, this.written++);
    this.words[slot >> 2] = 1;
    return true;
  }

  /** Takes one frame; null when there is none to be had. */
  take(): TestFrame | null {
    if (this.slots.status() === 0) return null;
    const frame = this.slots.lend(this.slots.offset() + START);
    if (frame !== null) frame.length = 4;
    return frame as TestFrame | null;
  }

  get kernels(): number {
    return this.at.filter((slot) => this.words[slot >> 2] === 0).length;
  }
}

test('slots come in turn, go back together, and no more are lent than there are', () => {
  const ring = new FakeRing(8, 3);
  for (let i = 0; i < 3; i++) expect(ring.fill()).toBe(true);
  expect(ring.fill()).toBe(false);
  const frames = [ring.take(), ring.take(), ring.take()];
  expect(frames.map((frame) => frame?.u32(0))).toEqual([0, 1, 2]);
  expect([ring.take(), ring.kernels]).toEqual([null, 0]);
  for (const frame of frames) ring.pool.release(frame as NonNullable<typeof frame>);
  expect(ring.kernels).toBe(0);
  ring.slots.settle();
  expect([ring.kernels, ring.pool.free]).toEqual([3, 8]);
});

test('a slot that is skipped goes back too', () => {
  const ring = new FakeRing(8, 2);
  ring.fill();
  ring.slots.skip();
  ring.fill();
  expect(ring.take()?.u32(0)).toBe(1);
  ring.slots.settle();
  expect(ring.kernels).toBe(2);
});

test('with an empty pool the slot stays where it is, and comes first when there are frames again', () => {
  const ring = new FakeRing(1, 4);
  ring.fill();
  ring.fill();
  const first = ring.take();
  expect([ring.take(), ring.slots.status()]).toEqual([null, 1]);
  ring.slots.settle();
  expect([ring.kernels, ring.take()]).toEqual([3, null]);
  expect(first?.u32(0)).toBe(0);
  ring.pool.release(first as NonNullable<typeof first>);
  expect(ring.take()?.u32(0)).toBe(1);
});

test('whatever is held and let go: every frame once, in order, with its own bytes, and no slot lost', () => {
  const steps = fc.array(fc.record({ what: fc.nat(9), which: fc.nat(99) }), { maxLength: 120 });
  const sizes = fc.record({ pool: fc.integer({ min: 1, max: 6 }), ring: fc.integer({ min: 1, max: 7 }) });
  fc.assert(
    fc.property(sizes, steps, (size, list) => {
      const ring = new FakeRing(size.pool, size.ring);
      const held: { frame: TestFrame; number: number }[] = [];
      let seen = 0;
      for (const { what, which } of list) {
        if (what < 4) {
          ring.fill();
        } else if (what < 6) {
          const frame = ring.take();
          if (frame === null) continue;
          expect(frame.u32(0)).toBe(seen);
          held.push({ frame, number: seen++ });
        } else if (what < 8) {
          ring.slots.settle();
          expect(ring.kernels).toBe(size.ring - (ring.written - seen));
        } else if (held.length > 0) {
          ring.pool.release(held.splice(which % held.length, 1)[0].frame);
        }
        for (const { frame, number } of held) expect(frame.u32(0)).toBe(number);
        expect(ring.pool.free).toBe(size.pool - held.length);
      }
      for (const { frame } of held) ring.pool.release(frame);
      ring.slots.settle();
      while (seen < ring.written) {
        const frame = ring.take();
        expect(frame?.u32(0)).toBe(seen++);
        if (frame !== null) ring.pool.release(frame);
        ring.slots.settle();
      }
      expect([ring.kernels, ring.pool.free]).toEqual([size.ring, size.pool]);
    }),
    { seed: 3, numRuns: 400 },
  );
});
