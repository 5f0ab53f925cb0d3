import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Server } from './server.js';
import { TokenBucket } from './token-bucket.js';

const EPOCH = 1_790_000_000_000_000; // microseconds: here a double has no fractions left to keep

describe('a token bucket', () => {
  test.each([
    { rate: 1_000, bytes: 64, seconds: 10 },
    { rate: 12_345, bytes: 1514, seconds: 10 },
    { rate: 1_000_003, bytes: 64, seconds: 10 },
    { rate: 125_000_000, bytes: 1514, seconds: 10 },
    { rate: 10_000_000_000, bytes: 9000, seconds: 1 },
    { rate: 10_000_000_000, bytes: 64, seconds: 0.01 },
  ])('lets pass $rate bytes/s in frames of $bytes, to the byte', ({ rate, bytes, seconds }) => {
    const bucket = new TokenBucket();
    const depth = Math.max(2 * bytes, Math.ceil(rate / 500));
    let now = EPOCH;
    let passed = 0;
    bucket.refill(now, rate, depth);
    while (now < EPOCH + seconds * 1e6) {
      while (bucket.take(bytes)) passed += bytes;
      now = bucket.readyAt(now, rate, bytes);
      bucket.refill(now, rate, depth);
    }
    while (bucket.take(bytes)) passed += bytes;
    const brought = depth + (rate * (now - EPOCH)) / 1e6;
    expect(passed).toBe(Math.floor(brought / bytes) * bytes);
  });

  test('is ready to the microsecond, and wants to be asked again after a second at most', () => {
    const bucket = new TokenBucket();
    bucket.refill(EPOCH, 3000, 10);
    expect([bucket.take(10), bucket.take(1)]).toEqual([true, false]);
    expect([3, 1, 3001].map((bytes) => bucket.readyAt(EPOCH, 3000, bytes) - EPOCH)).toEqual([
      1000, 334, 1_000_000,
    ]);
  });

  test('never lets more than its depth pass beyond the rate', () => {
    const arrival = fc.tuple(fc.nat(5000), fc.integer({ min: 0, max: 2000 }));
    fc.assert(
      fc.property(fc.array(arrival), fc.integer({ min: 1, max: 10_000_000 }), (arrivals, rate) => {
        const bucket = new TokenBucket();
        let now = 0;
        let passed = 0;
        let least = 0;
        for (const [gap, bytes] of arrivals) {
          now += gap;
          bucket.refill(now, rate, 3000);
          least = Math.min(least, passed - (now * rate) / 1e6);
          if (bucket.take(bytes)) passed += bytes;
          expect(passed - (now * rate) / 1e6 - least).toBeLessThanOrEqual(3000.000001);
        }
      }),
      { seed: 51 },
    );
  });
});

describe('a server', () => {
  test('is free again when what it sent has had its time, and makes up for a late timer', () => {
    const server = new Server();
    server.refill(EPOCH, 1000, false);
    expect(server.free).toBe(true);
    server.send(100);
    expect(server.free).toBe(false);
    expect(server.freeAt(EPOCH, 1000)).toBe(EPOCH + 100_000);
    server.refill(EPOCH + 100_000 + 400, 1000, true); // 400 µs late
    server.send(1);
    expect(server.freeAt(EPOCH + 100_400, 1000)).toBe(EPOCH + 101_000);
  });

  test('does not save up time in which nothing waited, and makes up for 100 ms at most', () => {
    const server = new Server();
    server.refill(EPOCH, 1_000_000, false);
    server.refill(EPOCH + 50_000, 1_000_000, false);
    server.send(1000);
    expect(server.freeAt(EPOCH + 50_000, 1_000_000)).toBe(EPOCH + 51_000);
    server.refill(EPOCH + 9_000_000, 1_000_000, true);
    server.send(100_001);
    expect(server.free).toBe(false);
    expect(server.freeAt(EPOCH + 9_000_000, 1_000_000)).toBe(EPOCH + 9_000_001);
  });

  test('wants to be asked again after a second at most', () => {
    const server = new Server();
    server.refill(EPOCH, 1, false);
    server.send(1500);
    expect(server.freeAt(EPOCH, 1)).toBe(EPOCH + 1_000_000);
  });
});
