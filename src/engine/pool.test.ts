import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolFrame } from './frame.js';
import { Pool, poolBytes } from './pool.js';

const make = (size = 4) => new Pool({ size, slotSize: 256, headroom: 64 });

describe('pool', () => {
  test('hands out fresh frames until it is empty', () => {
    const pool = make(2);
    const first = pool.allocate();
    const second = pool.allocate();
    expect([pool.free, pool.size, pool.maxLength, pool.headroom]).toEqual([0, 2, 192, 64]);
    expect(first?.slotOffset).not.toBe(second?.slotOffset);
    expect(first?.bytes).toBe(pool.memory);
    expect(pool.allocate()).toBeNull();
  });

  test('a frame comes back clean', () => {
    const pool = make(1);
    const frame = pool.allocate()!;
    const clean = { ...frame };
    const numbers = Object.entries(frame).filter(([, value]) => typeof value === 'number');
    for (const [key] of numbers) if (!key.startsWith('slot')) Object.assign(frame, { [key]: 77 });
    pool.release(frame);
    expect(numbers.length).toBeGreaterThan(15);
    expect({ ...pool.allocate()! }).toEqual(clean);
  });

  test('refuses a frame twice, and a frame of another pool', () => {
    const [pool, other] = [make(), make()];
    const frame = pool.allocate()!;
    const foreign = other.allocate()!;
    expect(() => pool.release(foreign)).toThrow('not its own');
    pool.release(frame);
    expect(() => pool.release(frame)).toThrow('released twice');
    expect([pool.free, other.free]).toEqual([4, 3]);
  });

  test.each([
    [{ size: 0 }],
    [{ slotSize: 100, headroom: 100 }],
    [{ headroom: -1 }],
    [{ size: Number.NaN }],
  ])('refuses to be made of %j', (options) => {
    expect(() => new Pool(options)).toThrow(RangeError);
  });

  test('random allocation and release keep the free count, and no two frames share a slot', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (steps) => {
        const pool = make(5);
        const held: PoolFrame[] = [];
        for (const step of steps) {
          const frame = step < 6 ? pool.allocate() : null;
          if (frame !== null) held.push(frame);
          else if (held.length > 0) pool.release(held.splice(step % held.length, 1)[0]);
          expect(pool.free).toBe(5 - held.length);
          expect(new Set(held.map((one) => one.slotOffset)).size).toBe(held.length);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('frame', () => {
  const filled = (length: number) => {
    const frame = make().allocate()!;
    frame.fill(Uint8Array.from({ length }, (_, i) => i + 1));
    return frame;
  };

  test('reads and writes in network order', () => {
    const frame = filled(8);
    expect([frame.u8(0), frame.u16(1), frame.u32(4)]).toEqual([1, 0x0203, 0x05060708]);
    frame.setU8(0, 0x1ff);
    frame.setU16(1, 0xabcd);
    frame.setU32(4, 0xdeadbeef);
    expect([frame.u8(0), frame.u16(1), frame.u32(4)]).toEqual([0xff, 0xabcd, 0xdeadbeef]);
  });

  test.each([-1, 7, 8, 9, 1e9, -1e9, Number.NaN])('beyond its end (%d) reads 0 and writes nothing', (at) => {
    const frame = filled(8);
    const before = frame.bytes.slice();
    if (at !== 7) expect(frame.u8(at)).toBe(0);
    expect([frame.u16(at), frame.u32(at)]).toEqual([0, 0]);
    if (at !== 7) frame.setU8(at, 9);
    frame.setU16(at, 0x0909);
    frame.setU32(at, 0x09090909);
    expect(frame.bytes).toEqual(before);
  });

  test('push takes from the headroom, pull from the frame, neither more than there is', () => {
    const frame = filled(10);
    expect([frame.push(64), frame.length, frame.push(1)]).toEqual([true, 74, false]);
    expect(frame.start).toBe(frame.slotOffset);
    expect([frame.pull(74), frame.length, frame.pull(1)]).toEqual([true, 0, false]);
    expect([frame.push(-1), frame.pull(-1)]).toEqual([false, false]);
    expect([frame.push(Number.NaN), frame.pull(Number.NaN)]).toEqual([false, false]);
  });

  test('truncate only ever cuts', () => {
    const frame = filled(10);
    frame.truncate(11);
    frame.truncate(-1);
    expect(frame.length).toBe(10);
    frame.truncate(3);
    expect([frame.length, frame.u8(2), frame.u8(3)]).toEqual([3, 3, 0]);
    frame.truncate(0);
    expect(frame.length).toBe(0);
  });

  test('fill replaces what fits behind the start and refuses the rest', () => {
    const frame = filled(10);
    expect([frame.fill(new Uint8Array(193)), frame.length, frame.u8(0)]).toEqual([false, 10, 1]);
    expect([frame.fill(new Uint8Array(192)), frame.length]).toEqual([true, 192]);
    frame.push(64);
    expect(frame.fill(new Uint8Array(256))).toBe(true);
  });

  test('random pushes, pulls, cuts and fills never leave the slot', () => {
    const step = fc.tuple(fc.nat(3), fc.integer({ min: -5, max: 300 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const frame = make().allocate()!;
        for (const [what, n] of steps) {
          if (what === 0) frame.push(n);
          else if (what === 1) frame.pull(n);
          else if (what === 2) frame.truncate(n);
          else frame.fill(new Uint8Array(Math.max(0, n)));
          expect(frame.length).toBeGreaterThanOrEqual(0);
          expect(frame.start).toBeGreaterThanOrEqual(frame.slotOffset);
          expect(frame.start + frame.length).toBeLessThanOrEqual(frame.slotOffset + 256);
        }
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe('frames on loan', () => {
  /** A pool of `size` with `loans` ring slots behind it, 512 bytes each. */
  function withRing(size: number, loans: number) {
    const options = { size, slotSize: 256, headroom: 64 };
    const begin = 4096 * Math.ceil(poolBytes(options) / 4096);
    const pool = new Pool({ ...options, memory: new ArrayBuffer(begin + loans * 512) });
    const start = (i: number) => begin + i * 512 + 200;
    return { pool, start, loans: Array.from({ length: loans }, () => pool.makeLoan()) };
  }

  test('count as frames of the pool, and leave a free one for each', () => {
    const { pool, start, loans } = withRing(3, 4);
    expect(pool.lend(loans[0], start(0))).toBe(true);
    expect(pool.lend(loans[1], start(1))).toBe(true);
    expect(pool.free).toBe(1);
    const own = pool.allocate()!;
    expect([pool.free, pool.allocate(), pool.lend(loans[2], start(2))]).toEqual([0, null, false]);
    pool.release(loans[0]);
    expect(pool.free).toBe(1);
    expect(() => pool.release(loans[0])).toThrow('twice');
    expect(() => pool.lend(loans[1], start(1))).toThrow('in use');
    pool.release(own);
    pool.release(loans[1]);
    expect(pool.free).toBe(3);
  });

  test('begin where they are told, clean, with headroom and the room of any frame', () => {
    const { pool, start, loans } = withRing(2, 1);
    loans[0].mark = 9;
    pool.lend(loans[0], start(0));
    const frame = loans[0];
    expect([frame.start, frame.slotOffset, frame.length, frame.mark]).toEqual([
      start(0),
      start(0) - 64,
      0,
      0,
    ]);
    expect(frame.bytes).toBe(pool.memory);
    expect(frame.fill(new Uint8Array(193))).toBe(false);
    expect(frame.fill(new Uint8Array(192))).toBe(true);
    expect([frame.push(64), frame.push(1)]).toEqual([true, false]);
    pool.release(frame);
  });

  test('come back as they are when released, and move to the pool when still in use', () => {
    const { pool, start, loans } = withRing(2, 2);
    pool.lend(loans[0], start(0));
    pool.lend(loans[1], start(1));
    const kept = loans[1];
    kept.fill(Uint8Array.of(1, 2, 3, 4));
    kept.push(2);
    kept.mark = 7;
    pool.release(loans[0]);
    expect(pool.reclaim(loans[0])).toBe(loans[0]);
    const other = pool.reclaim(kept) as PoolFrame;
    expect(other).not.toBe(kept);
    pool.memory.fill(0xee, start(1) - 64, start(1) + 192); // the kernel writes into the slot
    expect([...pool.memory.subarray(kept.start + 2, kept.start + kept.length)]).toEqual([1, 2, 3, 4]);
    expect([kept.mark, kept.start - kept.slotOffset, pool.free]).toEqual([7, 62, 1]);
    expect(pool.lend(other, start(1))).toBe(true);
    expect(pool.free).toBe(0);
    pool.release(other);
    pool.release(kept);
    expect(pool.free).toBe(2);
    const slots = [pool.allocate()!, pool.allocate()!].map((frame) => frame.slotOffset);
    expect(slots.every((offset) => offset < 2 * (256 + 64))).toBe(true);
    expect(new Set(slots).size).toBe(2);
  });

  test('a memory that is too small is refused', () => {
    expect(() => new Pool({ size: 4, memory: new ArrayBuffer(4 * 2048) })).toThrow(RangeError);
  });
});
