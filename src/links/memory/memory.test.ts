import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { type LinkContext, SendStop } from '../../contract/link.js';
import { makePool, type TestPool } from '../../testing/pool.js';
import { memoryEnd, memoryPair } from './memory.js';

const A = Uint8Array.of(2, 0, 0, 0, 0, 0xa);
const B = Uint8Array.of(2, 0, 0, 0, 0, 0xb);

function context(
  now = 0,
  size = 16,
  slotSize = 512,
): LinkContext & { pool: TestPool; clock: { time: number } } {
  const clock = {
    time: now,
    now() {
      return this.time;
    },
  };
  return { pool: makePool({ size, slotSize, headroom: 32 }), clock, random: () => 0 };
}

function frameOf(pool: TestPool, bytes: Uint8Array): Frame {
  const frame = pool.allocate()!;
  frame.fill(bytes);
  return frame;
}

function bytesOf(frame: Frame): Uint8Array {
  return frame.bytes.slice(frame.start, frame.start + frame.length);
}

function ethernet(destination: Uint8Array, type: number, length = 60): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(destination, 0);
  bytes.set([type >> 8, type & 0xff], 12);
  return bytes;
}

describe('memoryPair', () => {
  test('frames cross as copies, in order, and both pools stay whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 16 }), (list) => {
        const left = context();
        const right = context(77);
        const [a, b] = memoryPair(left, right);
        const sent = list.map((bytes) => frameOf(left.pool, bytes));
        expect(a.send(sent, 0, sent.length)).toBe(sent.length);
        for (const frame of sent) {
          frame.bytes.fill(0xee, frame.start, frame.start + frame.length); // the copy must not see it
          left.pool.release(frame as never);
        }
        const got: Frame[] = [];
        expect(b.receive(got, 100)).toBe(list.length);
        expect(got.map(bytesOf)).toEqual(list);
        for (const frame of got) {
          expect([frame.timestamp, frame.hardwareType]).toEqual([77, 1]);
          right.pool.release(frame as never);
        }
        expect(b.receive(got, 100)).toBe(0);
        expect([left.pool.free, right.pool.free]).toEqual([16, 16]);
      }),
      { seed: 20261120, numRuns: 100 },
    );
  });

  test('both ends may share one pool', () => {
    const both = context();
    const [a, b] = memoryPair(both, both);
    const frame = frameOf(both.pool, Uint8Array.of(1, 2, 3));
    a.send([frame], 0, 1);
    const got: Frame[] = [];
    b.receive(got, 1);
    expect(got[0]).not.toBe(frame);
    expect(bytesOf(got[0])).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('a full queue stops the sender and lets it go on from there', () => {
    const left = context();
    const right = context();
    const [a, b] = memoryPair(left, right, { limit: 3 });
    const frames = [1, 2, 3, 4, 5].map((n) => frameOf(left.pool, Uint8Array.of(n)));
    expect([a.send(frames, 0, 5), a.stopped]).toEqual([3, SendStop.full]);
    const got: Frame[] = [];
    expect(b.receive(got, 2)).toBe(2);
    expect([a.send(frames, 3, 5), a.stopped]).toEqual([2, SendStop.none]);
    const rest: Frame[] = [];
    expect(b.receive(rest, 9)).toBe(3);
    expect([...got, ...rest].map((frame) => frame.u8(0))).toEqual([1, 2, 3, 4, 5]);
  });

  test('longer frames than the other pool takes never go', () => {
    const left = context();
    const right = context(0, 4, 132);
    const [a] = memoryPair(left, right);
    expect(a.maxSend).toBe(100);
    const frames = [frameOf(left.pool, new Uint8Array(100)), frameOf(left.pool, new Uint8Array(101))];
    expect([a.send(frames, 0, 2), a.stopped]).toEqual([1, SendStop.tooLong]);
    expect(a.lastError).toMatch(/101 bytes.* 100/);
  });

  test('an empty pool keeps frames waiting, none is lost', () => {
    const left = context();
    const right = context(0, 2);
    const [a, b] = memoryPair(left, right);
    const frames = [1, 2, 3].map((n) => frameOf(left.pool, Uint8Array.of(n)));
    a.send(frames, 0, 3);
    const got: Frame[] = [];
    expect([b.receive(got, 9), b.receive(got, 9)]).toEqual([2, 0]);
    right.pool.release(got[0] as never);
    expect(b.receive(got, 9)).toBe(1);
    expect(got[0].u8(0)).toBe(3);
    expect(b.losses()).toEqual({});
  });

  test('metadata follow the frame and the end', () => {
    const left = context();
    const right = context();
    const [a, b] = memoryPair(left, right, { a: { address: A }, b: { address: B, interfaceIndex: 7 } });
    const tagged = ethernet(B, 0x8100);
    tagged.set([0xa0, 42, 0x86, 0xdd], 14);
    const list = [
      ethernet(B, 0x0800),
      ethernet(Uint8Array.of(255, 255, 255, 255, 255, 255), 0x0806),
      ethernet(Uint8Array.of(1, 0, 0x5e, 0, 0, 1), 0x0800),
      ethernet(A, 0xac0a),
      tagged,
      Uint8Array.of(1, 2, 3),
    ];
    a.send(
      list.map((bytes) => frameOf(left.pool, bytes)),
      0,
      list.length,
    );
    const got: Frame[] = [];
    b.receive(got, 9);
    expect(got.map((frame) => frame.protocol)).toEqual([0x0800, 0x0806, 0x0800, 0xac0a, 0x86dd, 0]);
    expect(got.map((frame) => frame.packetType)).toEqual([0, 1, 2, 3, 0, 0]);
    expect(got.map((frame) => frame.interfaceIndex)).toEqual([7, 7, 7, 7, 7, 7]);
    expect(got.map((frame) => frame.vlanPresent)).toEqual([0, 0, 0, 0, 1, 0]);
    expect([got[4].vlanTag, got[4].vlanProtocol, got[4].length]).toEqual([0xa02a, 0x8100, 60]);
  });

  test('down, up, remove and close are seen at both ends', () => {
    const left = context();
    const right = context();
    const [a, b] = memoryPair(left, right);
    const frames = [frameOf(left.pool, Uint8Array.of(1))];
    const got: Frame[] = [];
    a.send(frames, 0, 1);
    expect([b.dueAt(), a.dueAt()]).toEqual([0, Infinity]);
    b.down();
    expect([a.state(), b.state(), b.dueAt()]).toEqual(['down', 'down', Infinity]);
    expect([a.send(frames, 0, 1), a.stopped, b.receive(got, 1)]).toEqual([0, SendStop.down, 0]);
    b.up();
    expect([a.state(), b.state(), b.receive(got, 9)]).toEqual(['up', 'up', 1]);
    a.send(frames, 0, 1);
    b.remove();
    b.up();
    expect([a.state(), b.state(), b.receive(got, 9)]).toEqual(['down', 'gone', 0]);
    a.close();
    a.close();
    expect(a.state()).toBe('gone');
    expect(a.lastError).toBe('memory link memory is down');
  });

  test('wrong options are refused', () => {
    for (const limit of [0, -1, 1.5, Number.NaN, 2 ** 21]) {
      expect(() => memoryPair(context(), context(), { limit })).toThrow(/limit/);
    }
    expect(() => memoryEnd(context(), { address: new Uint8Array(5) })).toThrow(/6 bytes, not 5/);
  });
});

describe('memoryEnd', () => {
  test('what is injected arrives, what is sent is taken', () => {
    const inside = context(5);
    const end = memoryEnd(inside, { limit: 2, address: A });
    expect([1, 2, 3].map((n) => end.inject(Uint8Array.of(n)))).toEqual([true, true, false]);
    const got: Frame[] = [];
    expect(end.link.receive(got, 9)).toBe(2);
    expect([end.link.send(got, 0, 2), end.link.stopped]).toEqual([2, SendStop.none]);
    expect([end.link.send(got, 0, 2), end.link.stopped]).toEqual([0, SendStop.full]);
    expect(end.take()).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    expect(end.take()).toEqual([]);
    end.link.down();
    expect(end.inject(Uint8Array.of(9))).toBe(false);
  });

  test('injected frames that no slot takes are counted', () => {
    const inside = context(0, 4, 132);
    const end = memoryEnd(inside);
    end.inject(new Uint8Array(101));
    end.inject(new Uint8Array(100));
    const got: Frame[] = [];
    expect(end.link.receive(got, 9)).toBe(1);
    expect(got[0].length).toBe(100);
    expect(end.link.losses()).toEqual({ 'too-long': 1 });
  });
});
