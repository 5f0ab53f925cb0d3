import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CaptureRecord, PcapError } from './capture-record.js';
import { PcapngReader } from './pcapng.js';
import {
  emitPacketBlock,
  encodeComment,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from './pcapng-emit.js';

const seed = { seed: 20261120, numRuns: 150 };

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A block of either byte order from its body; words of the body are the caller's. */
function block(type: number, body: Uint8Array, little = true, claimed = 12 + body.length): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, little);
  view.setUint32(4, claimed, little);
  bytes.set(body, 8);
  view.setUint32(8 + body.length, claimed, little);
  return bytes;
}

/** 32-bit words, or bytes as they are. */
function body(little: boolean, ...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return join(
    ...parts.map((part) => {
      if (typeof part !== 'number') return part;
      const word = new Uint8Array(4);
      new DataView(word.buffer).setUint32(0, part, little);
      return word;
    }),
  );
}

function shb(little = true): Uint8Array {
  const version = little ? Uint8Array.of(1, 0, 0, 0) : Uint8Array.of(0, 1, 0, 0);
  return block(0x0a0d0d0a, body(little, 0x1a2b3c4d, version, 0xffffffff, 0xffffffff), little);
}

function meta(part: Partial<PacketMeta>): PacketMeta {
  return {
    interfaceId: 0,
    timestamp: 0,
    originalLength: 0,
    direction: 0,
    dropCount: 0,
    comment: null,
    ...part,
  };
}

function packet(part: Partial<PacketMeta>, bytes: Uint8Array): Uint8Array {
  const made = meta({ originalLength: bytes.length, ...part });
  const target = new Uint8Array(packetBlockLength(bytes.length, made) + 2).fill(0xee);
  expect(emitPacketBlock(target, 1, made, bytes, 0, bytes.length)).toBe(target.length - 2);
  expect([target[0], target[target.length - 1]]).toEqual([0xee, 0xee]);
  return target.slice(1, -1);
}

function drain(reader: PcapngReader): CaptureRecord[] {
  const got: CaptureRecord[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) got.push(record);
  return got;
}

function read(file: Uint8Array, sizes: readonly number[] = [1 << 20]): CaptureRecord[] {
  const reader = new PcapngReader();
  const got: CaptureRecord[] = [];
  for (let at = 0, i = 0; at < file.length; i++) {
    const size = sizes[i % sizes.length];
    reader.push(file.subarray(at, at + size));
    at += size;
    got.push(...drain(reader));
  }
  reader.finish();
  return got;
}

function errorOf(run: () => unknown): PcapError {
  try {
    run();
  } catch (error) {
    if (error instanceof PcapError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('what was written is read, in pieces of any size', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          interfaceId: fc.nat(1),
          timestamp: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
          extra: fc.nat(2000),
          bytes: fc.uint8Array({ maxLength: 70 }),
          comment: fc.string({ unit: 'grapheme', maxLength: 20 }),
          direction: fc.nat(2),
          dropCount: fc.nat(2 ** 40),
        }),
        { maxLength: 8 },
      ),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
      (list, sizes) => {
        const packets = list.map(({ extra, comment, bytes, ...rest }) =>
          packet({ ...rest, originalLength: bytes.length + extra, comment: encodeComment(comment) }, bytes),
        );
        const file = join(
          sectionHeader('test'),
          interfaceDescription(1, 'eth0'),
          interfaceDescription(101),
          ...packets,
        );
        expect(file.length % 4).toBe(0);
        expect(read(file, sizes)).toEqual(
          list.map(({ extra, ...rest }) => ({
            ...rest,
            originalLength: rest.bytes.length + extra,
            linkType: rest.interfaceId === 0 ? 1 : 101,
          })),
        );
      },
    ),
    seed,
  );
});

test('a block that does not fit is not begun', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const made = meta({ originalLength: 3, direction: 1 });
  const target = new Uint8Array(packetBlockLength(3, made));
  expect(emitPacketBlock(target, 1, made, bytes, 0, 3)).toBe(0);
  expect(target.every((byte) => byte === 0)).toBe(true);
});

test('padding is zero, whatever the buffer held', () => {
  const made = packet({ comment: encodeComment('a') }, Uint8Array.of(1, 2, 3));
  expect(Buffer.from(made.subarray(28)).toString('hex')).toBe('0102030001000100610000000000000030000000');
});

test('a comment is cut between characters where the option ends', () => {
  expect(encodeComment('')).toBeNull();
  const encoded = encodeComment('é'.repeat(40_000))!;
  expect(encoded.length).toBe(65_534);
  const [record] = read(
    join(sectionHeader(), interfaceDescription(1), packet({ comment: encoded }, new Uint8Array(5))),
  );
  expect(record.comment).toBe('é'.repeat(32_767));
});

describe.each([true, false])('little-endian %s', (little) => {
  const idb = (...options: (number | Uint8Array)[]) => {
    const linkType = little ? Uint8Array.of(1, 0, 0, 0) : Uint8Array.of(0, 1, 0, 0);
    return block(1, body(little, linkType, 0, ...options), little);
  };
  const option = (code: number, value: Uint8Array) => {
    const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, code, little);
    view.setUint16(2, value.length, little);
    bytes.set(value, 4);
    return bytes;
  };
  const epb = (high: number, low: number, id = 0) =>
    block(6, body(little, id, high, low, 3, 60, Uint8Array.of(7, 8, 9, 0)), little);
  const int64 = (value: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value, little);
    return bytes;
  };

  test('resolution and offset of an interface give the time in microseconds', () => {
    const ticks = (value: bigint): [number, number] => [Number(value >> 32n), Number(value & 0xffffffffn)];
    const at = (value: bigint, ...options: Uint8Array[]) =>
      read(join(shb(little), idb(...options), epb(...ticks(value))))[0].timestamp;
    expect(at(1_700_000_000_123_456n)).toBe(1_700_000_000_123_456);
    expect(at(1_700_000_000_123_456_789n, option(9, Uint8Array.of(9)))).toBe(1_700_000_000_123_456);
    expect(at(1_700_000_000n, option(9, Uint8Array.of(0)))).toBe(1_700_000_000_000_000);
    expect(at(3n << 9n, option(9, Uint8Array.of(0x80 | 10)))).toBe(1_500_000);
    expect(at(5n, option(9, Uint8Array.of(0xff)))).toBe(0);
    expect(at(5n, option(14, int64(100n)))).toBe(100_000_005);
    expect(at(5_000_000n, option(14, int64(-3n)))).toBe(2_000_000);
  });

  test('names, several comments, flags and drop counts are read; unknown options are not', () => {
    const options = [
      option(1, new TextEncoder().encode('one')),
      option(777, Uint8Array.of(1, 2, 3, 4, 5)),
      option(1, new TextEncoder().encode('two!')),
      option(2, body(little, 0x10002)),
      option(4, int64(9n)),
      option(0, new Uint8Array(0)),
      option(1, new TextEncoder().encode('behind the end')),
    ];
    const file = join(
      shb(little),
      idb(option(2, new TextEncoder().encode('veth0'))),
      block(6, body(little, 0, 0, 1, 1, 1, Uint8Array.of(5, 0, 0, 0), ...options), little),
    );
    const reader = new PcapngReader();
    reader.push(file);
    expect(drain(reader)).toMatchObject([{ comment: 'one\ntwo!', direction: 2, dropCount: 9 }]);
    expect(reader.interfaces).toMatchObject([{ name: 'veth0', linkType: 1 }]);
  });

  test('simple and obsolete packets, unknown blocks, a second section', () => {
    const half = (a: number, b: number) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint16(0, a, little);
      new DataView(bytes.buffer).setUint16(2, b, little);
      return bytes;
    };
    const file = join(
      shb(little),
      block(4, new Uint8Array(8), little), // name resolution
      idb(),
      block(2, body(little, half(0, 7), 0, 50, 2, 2, Uint8Array.of(1, 2, 0, 0)), little),
      block(5, new Uint8Array(12), little), // statistics
      block(3, body(little, 5, Uint8Array.of(1, 2, 3, 4, 5, 0, 0, 0)), little),
      block(0xbad, new Uint8Array(40), little),
      shb(!little),
      interfaceDescriptionOf(!little),
      block(3, body(!little, 1, Uint8Array.of(9, 0, 0, 0)), !little),
    );
    expect(read(file, [13])).toMatchObject([
      { timestamp: 50, bytes: Uint8Array.of(1, 2), dropCount: 7, linkType: 1 },
      { timestamp: 50, bytes: Uint8Array.of(1, 2, 3, 4, 5), originalLength: 5 },
      { timestamp: 0, bytes: Uint8Array.of(9), linkType: 101 },
    ]);
  });

  test('a bad packet is skipped with an error, and reading goes on', () => {
    const good = epb(0, 1);
    const bad = [
      epb(0, 1, 5),
      block(6, new Uint8Array(16), little),
      block(6, body(little, 0, 0, 0, 100, 100, 0), little),
      block(6, body(little, 0, 0, 0, 0xffffffff, 100, 0), little),
      block(3, body(little, 100, 0), little),
      block(3, new Uint8Array(0), little),
    ];
    const reader = new PcapngReader();
    let position = shb(little).length + idb().length;
    reader.push(join(shb(little), idb()));
    for (const wrong of bad) {
      reader.push(join(wrong, good));
      const error = errorOf(() => reader.next());
      expect([error.fatal, error.position]).toEqual([false, position]);
      expect(drain(reader)).toHaveLength(1);
      position += wrong.length + good.length;
    }
    reader.finish();
  });

  test.each<[string, Uint8Array]>([
    ['no section header', block(6, new Uint8Array(40), little)],
    ['wrong byte-order magic', block(0x0a0d0d0a, new Uint8Array(16), little)],
    ['version 2', block(0x0a0d0d0a, body(little, 0x1a2b3c4d, Uint8Array.of(2, 2, 0, 0), 0, 0), little)],
    ['short section header', block(0x0a0d0d0a, body(little, 0x1a2b3c4d), little)],
    ['length below 12', join(shb(little), block(6, new Uint8Array(8), little, 8))],
    ['length not in words', join(shb(little), block(6, new Uint8Array(8), little, 21))],
    ['length above the cap', join(shb(little), block(6, new Uint8Array(8), little, 0x100004))],
    ['lengths that differ', join(shb(little), block(6, new Uint8Array(8), little).fill(0, 16))],
    ['short interface', join(shb(little), block(1, new Uint8Array(4), little))],
  ])('%s ends it', (_name, file) => {
    const reader = new PcapngReader();
    reader.push(file);
    const error = errorOf(() => drain(reader));
    expect(error.fatal).toBe(true);
    expect([0, 28]).toContain(error.position);
    expect(errorOf(() => reader.next())).toBe(error);
    expect(errorOf(() => reader.finish())).toBe(error);
  });

  function interfaceDescriptionOf(order: boolean): Uint8Array {
    return block(1, body(order, order ? Uint8Array.of(101, 0, 0, 0) : Uint8Array.of(0, 101, 0, 0), 0), order);
  }
});

test('interfaces without end are refused', () => {
  const reader = new PcapngReader();
  reader.push(sectionHeader());
  const many = join(...Array.from({ length: 64 }, () => interfaceDescription(1)));
  const error = errorOf(() => {
    for (let i = 0; i < 65; i++) {
      reader.push(many);
      drain(reader);
    }
  });
  expect(error.message).toMatch(/more than 4096 pcapng interfaces/);
});

test('the end of the file within a block is an error; before the first too', () => {
  const file = join(sectionHeader(), interfaceDescription(1), packet({}, new Uint8Array(9)));
  for (let cut = 0; cut < file.length; cut++) {
    const between = cut === 28 || cut === 48;
    if (between) expect(read(file.subarray(0, cut))).toEqual([]);
    else expect(errorOf(() => read(file.subarray(0, cut), [5])).message).toMatch(/ends within|empty/);
  }
  expect(read(file)).toHaveLength(1);
});

test('random and mutated files give records or a PcapError, and end', () => {
  const good = join(
    sectionHeader('x'),
    interfaceDescription(1, 'eth0'),
    packet({ comment: encodeComment('why'), direction: 1, dropCount: 3 }, new Uint8Array(30)),
    packet({ timestamp: 5 }, new Uint8Array(31)),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(good.length),
      fc.uint8Array({ maxLength: 60 }),
      (changes, cut, tail) => {
        const file = join(good.subarray(0, cut), tail);
        for (const [at, value] of changes) if (at < file.length) file[at] = value;
        const reader = new PcapngReader();
        reader.push(file);
        for (let turns = 0; turns < 100; turns++) {
          try {
            if (reader.next() === null) return;
          } catch (error) {
            expect(error).toBeInstanceOf(PcapError);
            if ((error as PcapError).fatal) return;
          }
        }
        throw new Error('no end');
      },
    ),
    { seed: 20261120, numRuns: 1500 },
  );
});
