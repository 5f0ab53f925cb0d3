import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emitTcpOptions,
  noTcpOptions,
  readTcpOptions,
  type TcpOptions,
  tcpOptionsLength,
} from './tcp-options.js';

const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });

const anyOptions = fc
  .record({
    mss: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0xffff })),
    windowScale: fc.integer({ min: -1, max: 14 }),
    sackPermitted: fc.boolean(),
    hasTimestamps: fc.boolean(),
    timestamp: word,
    timestampEcho: word,
    blocks: fc.array(fc.tuple(word, word), { maxLength: 4 }),
  })
  .map(({ blocks, ...plain }): TcpOptions => {
    const options = { ...noTcpOptions(), ...plain, sackCount: blocks.length };
    blocks.forEach(([left, right], i) => {
      options.sackLeft[i] = left;
      options.sackRight[i] = right;
    });
    return options;
  });

/** What is told on the wire of these options. */
function told(options: TcpOptions, count = options.sackCount): unknown {
  const { hasTimestamps } = options;
  return {
    ...{
      mss: options.mss,
      windowScale: options.windowScale,
      sackPermitted: options.sackPermitted,
      hasTimestamps,
    },
    times: hasTimestamps ? [options.timestamp, options.timestampEcho] : null,
    sack: Array.from({ length: count }, (_, i) => [options.sackLeft[i], options.sackRight[i]]),
  };
}

test('what is written is read again; the length is a multiple of four, at most 40; blocks without room are left out', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      const bytes = new Uint8Array(80).fill(0xee);
      const length = emitTcpOptions(bytes, 30, options);
      expect(length).toBe(tcpOptionsLength(options));
      expect(length % 4).toBe(0);
      expect(length).toBeLessThanOrEqual(40);
      expect(bytes[30 + length]).toBe(0xee);
      bytes[10 + 12] = ((20 + length) >> 2) << 4;
      const read = noTcpOptions();
      readTcpOptions(bytes, 10, read);
      expect(told(read)).toEqual(told(options, read.sackCount));
      if (length + 8 <= 40) expect(read.sackCount).toBe(options.sackCount);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test('any bytes as options: nothing is read beyond them, and every value is within its range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), fc.boolean(), (raw, likely) => {
      const length = raw.length & ~3;
      const bytes = new Uint8Array(20 + length);
      bytes.set(raw.subarray(0, length), 20);
      // Kinds and lengths that are nearly right come up too seldom by chance.
      if (likely) for (let i = 20; i < bytes.length; i += 3) bytes[i] %= 12;
      bytes[12] = ((20 + length) >> 2) << 4;
      const read = noTcpOptions();
      readTcpOptions(bytes, 0, read);
      expect(read.mss >= 0 && read.mss <= 0xffff).toBe(true);
      expect(read.windowScale >= -1 && read.windowScale <= 14).toBe(true);
      expect(read.sackCount >= 0 && read.sackCount <= 4).toBe(true);
      const padded = new Uint8Array(200).fill(2);
      padded.set(bytes);
      const again = noTcpOptions();
      readTcpOptions(padded, 0, again);
      expect(told(again)).toEqual(told(read));
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
