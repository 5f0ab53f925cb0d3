import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { type LinkContext, SendStop } from '../../contract/link.js';
import { makePool } from '../../testing/pool.js';
import { emitPcapHeader, emitPcapRecord } from '../../wire/pcap.js';
import type { CaptureBytes } from './capture-source.js';
import { PcapIn, type PcapInOptions } from './pcap-in.js';

const fixture = new Uint8Array(
  readFileSync(new URL('../../../test/fixtures/veth-http.pcap', import.meta.url)),
);

interface Given {
  /** Microseconds. */
  at: number;
  bytes: Uint8Array;
}

function capture(list: readonly Given[], linkType = 1): Uint8Array {
  const file = new Uint8Array(24 + list.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0));
  let offset = emitPcapHeader(file, 0, linkType);
  for (const { at, bytes } of list) {
    offset += emitPcapRecord(file, offset, Math.floor(at / 1e6), at % 1e6, bytes.length, bytes.length);
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

function numbered(...times: readonly number[]): Uint8Array {
  return capture(times.map((at, i) => ({ at, bytes: Uint8Array.of(i + 1) })));
}

function setup(source: CaptureBytes, options: PcapInOptions, size = 128, slotSize = 2048) {
  const clock = {
    time: 1_000_000_000,
    now() {
      return this.time;
    },
  };
  const pool = makePool({ size, slotSize, headroom: 32 });
  const context: LinkContext = { pool, clock, random: () => 0 };
  const link = new PcapIn(context, source, options);
  /** Receives, gives the frames back and answers their first bytes and metadata. */
  const take = (max = 64) => {
    const got: Frame[] = [];
    const n = link.receive(got, max);
    expect(got).toHaveLength(n);
    return got.map((frame) => {
      const { timestamp, protocol, packetType, hardwareType, length } = frame;
      const first = frame.u8(0);
      pool.release(frame as never);
      return { first, timestamp, protocol, packetType, hardwareType, length };
    });
  };
  const firsts = (max?: number) => take(max).map((frame) => frame.first);
  return { link, clock, pool, take, firsts };
}

describe('at maximum speed', () => {
  test('the fixture comes out whole, and the link ends', () => {
    const { link, take, pool } = setup(fixture, { speed: 'max', target: 'veth-http.pcap' });
    expect([link.state(), link.hardwareType, link.dueAt()]).toEqual(['up', 1, 0]);
    const got = [...take(50), ...take(50)];
    expect(got).toHaveLength(80);
    expect(got.filter(({ protocol }) => protocol === 0x0806)).toHaveLength(4);
    expect(got.filter(({ protocol }) => protocol === 0x0800)).toHaveLength(62);
    expect(got.filter(({ packetType }) => packetType === 1)).toHaveLength(2);
    expect([link.state(), link.dueAt(), take().length, pool.free]).toEqual(['ended', Infinity, 0, 128]);
    expect([link.losses(), link.lastError]).toEqual([{ 'too-long': 0, malformed: 0 }, '']);
  });

  test('a loop plays it as often as said, zero without end', () => {
    const thrice = setup(numbered(5, 6), { speed: 'max', loop: 3 });
    expect(thrice.firsts()).toEqual([1, 2, 1, 2, 1, 2]);
    expect(thrice.link.state()).toBe('ended');
    const endless = setup(numbered(5, 6), { speed: 'max', loop: 0 });
    for (let i = 0; i < 50; i++) expect(endless.firsts(10)).toHaveLength(10);
    expect(endless.link.state()).toBe('up');
    endless.link.close();
    endless.link.close();
    expect([endless.link.state(), endless.firsts()]).toEqual(['ended', []]);
  });

  test('an empty capture in an endless loop ends', () => {
    const { link, firsts } = setup(capture([]), { speed: 'max', loop: 0 });
    expect([firsts(), link.state(), link.lastError]).toEqual([[], 'ended', '']);
  });

  test('an empty pool makes it wait', () => {
    const { link, pool, firsts } = setup(numbered(1, 2, 3), { speed: 'max' }, 2);
    const held = [pool.allocate()!];
    expect(firsts()).toEqual([1]); // the one free frame
    held.push(pool.allocate()!);
    expect([firsts(), link.state(), link.dueAt()]).toEqual([[], 'up', 0]);
    for (const frame of held) pool.release(frame);
    expect([firsts(), link.state()]).toEqual([[2, 3], 'ended']);
  });

  test('records that no slot takes are counted; so many at once do not keep the engine', () => {
    const long = { at: 1, bytes: new Uint8Array(101) };
    const fits = { at: 1, bytes: new Uint8Array(100).fill(7) };
    const file = capture([...Array.from({ length: 300 }, () => long), fits]);
    const { link, firsts } = setup(file, { speed: 'max' }, 4, 132);
    expect(firsts(10)).toEqual([]);
    expect(link.losses()['too-long']).toBe(74);
    for (let i = 0; i < 3; i++) expect(firsts(10)).toEqual([]);
    expect(firsts(10)).toEqual([7]);
    expect([link.losses()['too-long'], link.state()]).toEqual([300, 'ended']);
  });
});

describe('at original speed', () => {
  test('frames are due as far apart as captured, from the first receive on', () => {
    const { link, clock, take } = setup(numbered(7_000_000, 7_000_100, 7_000_100, 8_500_000), {
      speed: 'original',
    });
    clock.time += 12_345;
    const start = clock.time;
    expect(take()).toMatchObject([{ first: 1, timestamp: start }]);
    expect(link.dueAt()).toBe(start + 100);
    clock.time = start + 99;
    expect(take()).toEqual([]);
    clock.time = start + 150;
    expect(take()).toMatchObject([
      { first: 2, timestamp: start + 100 },
      { first: 3, timestamp: start + 100 },
    ]);
    expect([link.dueAt(), link.state()]).toEqual([start + 1_500_000, 'up']);
    clock.time = link.dueAt();
    expect(take()).toMatchObject([{ first: 4 }]);
    expect([link.state(), link.dueAt()]).toEqual(['ended', Infinity]);
  });

  test('times that run backwards or are missing follow at once; far ones wait', () => {
    const { link, clock, take } = setup(numbered(0, 500_000, 400_000, 0, 600_000), { speed: 'original' });
    const at = clock.time;
    expect(take().map((frame) => [frame.first, frame.timestamp])).toEqual([1, 2, 3, 4].map((n) => [n, at]));
    expect(link.dueAt()).toBe(clock.time + 100_000);
  });

  test('between two passes lies the mean gap, at least a millisecond', () => {
    const { link, clock, firsts } = setup(numbered(0, 1, 4_000_001), { speed: 'original', loop: 2 });
    const start = clock.time;
    expect(firsts()).toEqual([1, 2]);
    clock.time = start + 4_000_000;
    expect(firsts()).toEqual([3]);
    expect(link.dueAt()).toBe(start + 6_000_000);
    const single = setup(numbered(9), { speed: 'original', loop: 0 });
    expect(single.firsts()).toEqual([1]);
    expect(single.link.dueAt()).toBe(single.clock.time + 1000);
  });
});

describe('sources', () => {
  test('a pipe that has nothing yet is asked again later; half a record waits', () => {
    const file = numbered(1, 2);
    const chunks: (Uint8Array | null)[] = [file.subarray(0, 30), new Uint8Array(0), file.subarray(30, 50)];
    const { link, clock, firsts } = setup(() => chunks.shift() ?? new Uint8Array(0), { speed: 'max' });
    expect([firsts(), link.state(), link.dueAt()]).toEqual([[], 'up', clock.time + 10_000]);
    expect(firsts()).toEqual([1]);
    chunks.push(file.subarray(50));
    expect(firsts()).toEqual([2]);
    expect(link.state()).toBe('up');
    const once = [file];
    const closing = setup(() => once.shift() ?? null, { speed: 'max' });
    expect([closing.firsts(), closing.link.state()]).toEqual([[1, 2], 'ended']);
  });

  test('a function with rewind can loop, one without cannot', () => {
    const file = numbered(1, 2);
    let at = 0;
    const pull = (max: number) => {
      if (at >= file.length) return null;
      const chunk = file.subarray(at, at + Math.min(max, 11));
      at += chunk.length;
      return chunk;
    };
    const rewind = () => {
      at = 0;
    };
    expect(setup(pull, { speed: 'max', loop: 2, rewind }).firsts()).toEqual([1, 2, 1, 2]);
    expect(() => setup(pull, { speed: 'max', loop: 2 })).toThrow(/played once/);
    for (const loop of [-1, 0.5, Number.NaN])
      expect(() => setup(file, { speed: 'max', loop })).toThrow(/loop/);
  });

  test('a source that throws ends the link with its words', () => {
    const { link, firsts } = setup(
      () => {
        throw new Error('EIO: i/o error');
      },
      { speed: 'max', target: 'a.pcap' },
    );
    expect([firsts(), link.state(), link.lastError]).toEqual([[], 'ended', 'a.pcap: EIO: i/o error']);
  });

  test('blocks without packets do not keep the engine', () => {
    const section = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex');
    const other = new Uint8Array(65_536);
    new DataView(other.buffer).setUint32(0, 0xbad, true);
    new DataView(other.buffer).setUint32(4, other.length, true);
    new DataView(other.buffer).setUint32(other.length - 4, other.length, true);
    let pulls = 0;
    const { link, firsts } = setup(() => (pulls++ === 0 ? section : other), { speed: 'max' });
    expect([firsts(), link.state(), link.dueAt()]).toEqual([[], 'up', 0]);
    expect(pulls).toBe(16);
  });

  test('it takes no frames', () => {
    const { link, pool } = setup(numbered(1), { speed: 'max' });
    expect([link.send([pool.allocate()!], 0, 1), link.stopped]).toEqual([0, SendStop.refused]);
    expect(link.lastError).toMatch(/takes no frames/);
  });
});

describe('damaged and foreign captures', () => {
  test('a file that is none, or cut, is malformed with its position', () => {
    const foreign = setup(new TextEncoder().encode('hello, world'), { speed: 'max', target: 'x' });
    expect([foreign.firsts(), foreign.link.state()]).toEqual([[], 'ended']);
    expect(foreign.link.losses()).toEqual({ 'too-long': 0, malformed: 1 });
    expect(foreign.link.lastError).toBe('x: not a pcap file: magic 68656c6c (at byte 0)');
    const cut = setup(numbered(1, 2).subarray(0, 50), { speed: 'max', loop: 0 });
    expect([cut.firsts(), cut.link.state()]).toEqual([[1], 'ended']);
    expect(cut.link.lastError).toBe('capture: pcap file ends within a record: 9 bytes (at byte 41)');
    expect(setup(new Uint8Array(0), { speed: 'max' }).link.state()).toBe('up');
  });

  test('mutated files never throw and always end', () => {
    const pools = makePool({ size: 64, slotSize: 2048 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: fixture.length }),
        (changes, cut) => {
          const file = fixture.slice(0, cut);
          for (const [at, value] of changes) if (at < file.length) file[at] = value;
          const context: LinkContext = { pool: pools, clock: { now: () => 5 }, random: () => 0 };
          const link = new PcapIn(context, file, { speed: 'max' });
          let frames = 0;
          for (let turn = 0; turn < 200 && link.state() === 'up'; turn++) {
            const got: Frame[] = [];
            frames += link.receive(got, 16);
            for (const frame of got) pools.release(frame as never);
          }
          expect(link.state()).toBe('ended');
          expect(frames).toBeLessThanOrEqual(cut / 16);
          expect(pools.free).toBe(64);
        },
      ),
      { seed: 20261120, numRuns: 200 },
    );
  });

  test('bare IP and cooked captures keep their types', () => {
    const raw = capture(
      [
        { at: 1, bytes: Uint8Array.of(0x45, 0) },
        { at: 1, bytes: Uint8Array.of(0x60, 0) },
      ],
      101,
    );
    expect(setup(raw, { speed: 'max' }).take()).toMatchObject([
      { hardwareType: 0xfffe, protocol: 0x0800 },
      { hardwareType: 0xfffe, protocol: 0x86dd },
    ]);
    const cooked = new Uint8Array(20);
    cooked.set([0, 4], 0);
    cooked.set([8, 6], 14);
    const sll = setup(capture([{ at: 1, bytes: cooked }], 113), { speed: 'max' });
    expect(sll.take()).toMatchObject([{ hardwareType: 0xffff, protocol: 0x0806, packetType: 4 }]);
  });

  // The captures of real ATM traffic that lie beside the repository; where they are not, the fixture above serves.
  const atm = fileURLToPath(new URL('../../../../shared/vectors/linux-atm/', import.meta.url));
  const files = ['', 'ref/'].flatMap((folder) =>
    existsSync(atm + folder) ? readdirSync(atm + folder).map((name) => atm + folder + name) : [],
  );
  test.each(['fixture', ...files.filter((name) => name.endsWith('.pcap'))])('%s plays to its end', (name) => {
    const file = name === 'fixture' ? fixture : new Uint8Array(readFileSync(name));
    const { link, take } = setup(file, { speed: 'max' }, 64, 65_536);
    let frames = 0;
    while (link.state() === 'up') frames += take(32).length;
    expect(frames).toBeGreaterThan(0);
    expect([link.lastError, link.losses()]).toEqual(['', { 'too-long': 0, malformed: 0 }]);
    if (/sunatm|clip|rfc1483/.test(name)) expect(link.hardwareType).toBe(19);
  });
});
