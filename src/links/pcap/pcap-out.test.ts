import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../contract/frame.js';
import { type LinkContext, SendStop } from '../../contract/link.js';
import { makePool } from '../../testing/pool.js';
import { CaptureReader } from '../../wire/capture-file.js';
import type { CaptureRecord } from '../../wire/capture-record.js';
import { type CaptureSink, PcapOut, type PcapOutOptions } from './pcap-out.js';

function readAll(file: Uint8Array): CaptureRecord[] {
  const reader = new CaptureReader();
  reader.push(file);
  const got: CaptureRecord[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) got.push(record);
  reader.finish();
  return got;
}

function setup(options: PcapOutOptions, sink?: CaptureSink) {
  const clock = {
    time: 1_700_000_000_123_456,
    now() {
      return this.time;
    },
  };
  const pool = makePool({ size: 8, slotSize: 4096, headroom: 32 });
  const context: LinkContext = { pool, clock, random: () => 0 };
  const chunks: Uint8Array[] = [];
  const collect: CaptureSink = (chunk) => {
    chunks.push(chunk.slice());
    return true;
  };
  const link = new PcapOut(context, sink ?? collect, options);
  const frame = (bytes: Uint8Array, timestamp = 0, direction: 0 | 1 = 0): Frame => {
    const made = pool.allocate()!;
    made.fill(bytes);
    made.timestamp = timestamp;
    made.direction = direction;
    return made;
  };
  return { link, clock, chunks, frame, file: () => new Uint8Array(Buffer.concat(chunks)) };
}

describe.each(['pcap', 'pcapng'] as const)('%s', (format) => {
  test('what was sent is read back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            bytes: fc.uint8Array({ maxLength: 200 }),
            // pcap's seconds end in 2106
            timestamp: fc.integer({ min: 1, max: 4_294_967_295_999_999 }),
            direction: fc.constantFrom<0 | 1>(0, 1),
          }),
          { maxLength: 8 },
        ),
        fc.boolean(),
        (list, nanoseconds) => {
          const { link, frame, file, chunks } = setup({
            format,
            nanoseconds,
            linkType: 101,
            interfaceName: 'v0',
          });
          const frames = list.map(({ bytes, timestamp, direction }) => frame(bytes, timestamp, direction));
          expect([link.send(frames, 0, frames.length), link.stopped]).toEqual([list.length, SendStop.none]);
          expect(chunks).toHaveLength(0);
          link.close();
          link.close();
          expect([link.state(), link.lastError]).toEqual(['ended', '']);
          expect(readAll(file())).toMatchObject(
            list.map(({ bytes, timestamp, direction }) => ({
              bytes,
              timestamp,
              originalLength: bytes.length,
              linkType: 101,
              direction: format === 'pcap' ? 0 : direction + 1,
            })),
          );
        },
      ),
      { seed: 20261120, numRuns: 100 },
    );
  });

  test('it writes in pieces of at most 64 KiB, and more frames than fit arrive whole', () => {
    const { link, frame, chunks, file } = setup({ format });
    const made = frame(new Uint8Array(1500).fill(7), 5);
    for (let i = 0; i < 200; i++) expect(link.send([made], 0, 1)).toBe(1);
    expect(chunks.length).toBe(4);
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(65_536);
      expect(chunk.length).toBeGreaterThan(60_000);
    }
    link.close();
    expect(readAll(file())).toHaveLength(200);
  });

  test('frames longer than the snap length are cut and say so', () => {
    const { link, frame, file } = setup({ format, snapLength: 10 });
    link.send([frame(new Uint8Array(99).fill(3))], 0, 1);
    link.close();
    expect(readAll(file())).toMatchObject([{ bytes: new Uint8Array(10).fill(3), originalLength: 99 }]);
  });

  test('a frame without a time gets the clock', () => {
    const { link, frame, file, clock } = setup({ format });
    link.send([frame(Uint8Array.of(1))], 0, 1);
    link.close();
    expect(readAll(file())[0].timestamp).toBe(clock.time);
  });

  test('a sink that is full stops the sender and nothing is lost', () => {
    const written: Uint8Array[] = [];
    let full = true;
    const { link, frame } = setup({ format }, (chunk) => {
      if (full) return false;
      written.push(chunk.slice());
      return true;
    });
    const made = frame(new Uint8Array(4000), 9);
    let sent = 0;
    while (link.send([made], 0, 1) === 1) sent++;
    expect(link.stopped).toBe(SendStop.full);
    expect([sent, link.state()]).toEqual([16, 'up']);
    expect([link.send([made], 0, 1), link.stopped]).toEqual([0, SendStop.full]);
    full = false;
    expect([link.send([made, made], 0, 2), link.stopped]).toEqual([2, SendStop.none]);
    link.close();
    expect(readAll(new Uint8Array(Buffer.concat(written)))).toHaveLength(sent + 2);
  });

  test('a sink that throws takes the link down, with the reason and the loss', () => {
    const { link, frame } = setup({ format, target: '/mnt/x.pcap' }, () => {
      throw new Error('ENOSPC: no space left on device');
    });
    link.send([frame(new Uint8Array(9)), frame(new Uint8Array(9))], 0, 2);
    expect(link.flush()).toBe(false);
    expect(link.state()).toBe('down');
    expect(link.lastError).toBe('/mnt/x.pcap: ENOSPC: no space left on device; 2 frames were not written');
    expect([link.send([frame(new Uint8Array(9))], 0, 1), link.stopped]).toEqual([0, SendStop.down]);
    expect([link.dueAt(), link.receive([], 1)]).toEqual([Infinity, 0]);
    link.close();
    expect(link.lastError).toMatch(/ENOSPC/);
  });

  test('what waits goes out in time, also when the sink was full', () => {
    let full = true;
    let calls = 0;
    const { link, clock, frame } = setup({ format, flushAfter: 1000 }, () => {
      calls++;
      return !full;
    });
    const start = clock.time;
    expect(link.dueAt()).toBe(start + 1000); // the header
    clock.time = start + 999;
    link.receive([], 1);
    expect(calls).toBe(0);
    clock.time = start + 1000;
    link.receive([], 1);
    expect([calls, link.dueAt()]).toEqual([1, start + 2000]);
    full = false;
    clock.time = start + 2000;
    link.receive([], 1);
    expect([calls, link.dueAt()]).toEqual([2, Infinity]);
    clock.time = start + 5000;
    link.send([frame(new Uint8Array(1))], 0, 1);
    expect(link.dueAt()).toBe(start + 6000);
  });
});

test('a sink that is still full at the end is told about', () => {
  const { link, frame } = setup({ format: 'pcap' }, () => false);
  link.send([frame(new Uint8Array(9))], 0, 1);
  link.close();
  expect([link.state(), link.lastError]).toEqual([
    'ended',
    'capture: full at the end; 1 frames were not written',
  ]);
});

test('wrong options are refused', () => {
  for (const snapLength of [0, -1, 1.5, 262_145]) {
    expect(() => setup({ format: 'pcap', snapLength })).toThrow(/snap length/);
  }
  for (const linkType of [-1, 65_536, 0.5])
    expect(() => setup({ format: 'pcap', linkType })).toThrow(/link type/);
});
