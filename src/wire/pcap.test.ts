import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcapError } from './capture-record.js';
import {
  emitPcapHeader,
  emitPcapRecord,
  PCAP_HEADER,
  PCAP_RECORD_HEADER,
  PcapReader,
  type PcapRecord,
} from './pcap.js';

const seed = { seed: 20261120, numRuns: 150 };
const records = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 0xffffffff }),
    fraction: fc.nat(999_999),
    bytes: fc.uint8Array({ maxLength: 90 }),
    extra: fc.nat(3000),
  }),
  { maxLength: 8 },
);
type Given = { seconds: number; fraction: number; bytes: Uint8Array; extra: number };

function write(list: readonly Given[], nanoseconds: boolean, linkType = 1): Uint8Array {
  const file = new Uint8Array(24 + list.reduce((sum, record) => sum + 16 + record.bytes.length, 0));
  let at = emitPcapHeader(file, 0, linkType, 65535, nanoseconds);
  for (const { seconds, fraction, bytes, extra } of list) {
    at += emitPcapRecord(file, at, seconds, fraction, bytes.length, bytes.length + extra);
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** The same file written on a machine of the other byte order. */
function swapped(file: Uint8Array): Uint8Array {
  const other = file.slice();
  const view = new DataView(other.buffer);
  const old = new DataView(file.buffer);
  for (const at of [0, 8, 12, 16, 20]) view.setUint32(at, old.getUint32(at, true));
  for (const at of [4, 6]) view.setUint16(at, old.getUint16(at, true));
  for (let at = 24; at < file.length; at += 16 + old.getUint32(at + 8, true)) {
    for (let i = 0; i < 16; i += 4) view.setUint32(at + i, old.getUint32(at + i, true));
  }
  return other;
}

/** Pushes pieces of the given sizes, in turn, and drains after each. */
function read(reader: PcapReader, file: Uint8Array, sizes: readonly number[]): PcapRecord[] {
  const got: PcapRecord[] = [];
  for (let at = 0, i = 0; at < file.length; i++) {
    const size = sizes[i % sizes.length];
    reader.push(file.subarray(at, at + size));
    at += size;
    for (let record = reader.next(); record !== null; record = reader.next()) got.push(record);
  }
  return got;
}

test('what was written is read, in all four forms and in pieces of any size', () => {
  fc.assert(
    fc.property(
      records,
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 }),
      (list, nanoseconds, swap, sizes) => {
        const little = write(list, nanoseconds, 101);
        const reader = new PcapReader();
        const got = read(reader, swap ? swapped(little) : little, sizes);
        reader.finish();
        expect([reader.linkType, reader.snapLength, reader.nanoseconds]).toEqual([101, 65535, nanoseconds]);
        expect(got).toEqual(
          list.map(({ seconds, fraction, bytes, extra }) => ({
            seconds,
            nanoseconds: nanoseconds ? fraction : fraction * 1000,
            originalLength: bytes.length + extra,
            bytes,
          })),
        );
      },
    ),
    seed,
  );
});

test('the header is the one that libpcap writes', () => {
  const bytes = new Uint8Array(PCAP_HEADER);
  emitPcapHeader(bytes, 0, 1, 262144);
  expect(Buffer.from(bytes).toString('hex')).toBe(
    'd4c3b2a1020004000000000000000000'.concat('0000040001000000'),
  );
});

test('half a record waits; the end of the file within it is an error with its position', () => {
  const file = write([{ seconds: 1, fraction: 2, bytes: Uint8Array.of(1, 2, 3), extra: 0 }], false);
  for (let cut = 0; cut < file.length; cut++) {
    const reader = new PcapReader();
    expect(read(reader, file.subarray(0, cut), [7])).toEqual([]);
    expect(reader.next()).toBeNull();
    if (cut === PCAP_HEADER) reader.finish();
    else {
      const error = thrown(() => reader.finish());
      expect(error.position).toBe(cut < PCAP_HEADER ? 0 : PCAP_HEADER);
      expect(error.message).toMatch(/ends within .*at byte \d+/);
    }
  }
});

function thrown(run: () => unknown): PcapError {
  try {
    run();
  } catch (error) {
    if (error instanceof PcapError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function firstError(file: Uint8Array): PcapError {
  const reader = new PcapReader();
  reader.push(file);
  const error = thrown(() => {
    while (reader.next() !== null);
  });
  expect(thrown(() => reader.next())).toBe(error);
  reader.push(file); // ignored, not stored
  expect(thrown(() => reader.finish())).toBe(error);
  return error;
}

test('files that are none, old, of the variant, or with huge records are refused', () => {
  const good = write([{ seconds: 1, fraction: 2, bytes: Uint8Array.of(1, 2, 3), extra: 0 }], false);
  const patched = (at: number, ...bytes: number[]) => {
    const file = good.slice();
    file.set(bytes, at);
    return file;
  };
  expect(firstError(patched(0, 1)).message).toBe('not a pcap file: magic 01c3b2a1 (at byte 0)');
  expect(firstError(patched(0, 0x34, 0xcd)).message).toMatch(/Kuznetzov/);
  expect(firstError(patched(0, 0xa1, 0xb2, 0xcd, 0x34)).message).toMatch(/Kuznetzov/);
  expect(firstError(patched(4, 3)).message).toMatch(/version 3.4/);
  expect(firstError(patched(6, 2)).message).toMatch(/version 2.2/);
  const huge = patched(PCAP_HEADER + 8, 1, 0, 4, 0);
  expect(firstError(huge).message).toBe('pcap record of 262145 bytes; at most 262144 are read (at byte 24)');
  const second = new Uint8Array(good.length + PCAP_RECORD_HEADER).fill(0xff);
  second.set(good);
  expect(firstError(second).position).toBe(good.length);
});

test('a fraction beyond a second is carried over', () => {
  const file = write([{ seconds: 5, fraction: 2_500_000, bytes: new Uint8Array(0), extra: 0 }], false);
  const reader = new PcapReader();
  reader.push(file);
  expect(reader.next()).toMatchObject({ seconds: 7, nanoseconds: 500_000_000 });
});

test('random and mutated files give records or a PcapError, nothing else', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .tuple(records, fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }), fc.nat(400))
          .map(([list, changes, cut]) => {
            const file = write(list, false);
            for (const [at, value] of changes) if (at < file.length) file[at] = value;
            return file.subarray(0, cut);
          }),
      ),
      (file) => {
        const reader = new PcapReader();
        try {
          for (const record of read(reader, file, [64]))
            expect(record.bytes.length).toBeLessThanOrEqual(file.length);
          reader.finish();
        } catch (error) {
          expect(error).toBeInstanceOf(PcapError);
        }
      },
    ),
    { seed: 20261120, numRuns: 1000 },
  );
});
