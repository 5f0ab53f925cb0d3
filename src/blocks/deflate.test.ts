import { deflateRawSync, type ZlibOptions } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { inflate } from './deflate.js';

const limits: (number | undefined)[] = [];
vi.mock('node:zlib', async (original) => {
  const real = await original<typeof import('node:zlib')>();
  const inflateRawSync = (bytes: Uint8Array, options: ZlibOptions) => {
    limits.push(options.maxOutputLength);
    return real.inflateRawSync(bytes, options);
  };
  return { ...real, inflateRawSync };
});

test('zlib is never asked for more than was announced', () => {
  const bomb = deflateRawSync(new Uint8Array(1_000_000));
  expect(inflate(bomb, 1000)).toBeNull();
  expect(inflate(bomb, 0)).toBeNull();
  expect(inflate(bomb, 1_000_000)?.length).toBe(1_000_000);
  expect(limits).toEqual([1000, 1, 1_000_000]);
});
