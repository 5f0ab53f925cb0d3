import { syncBuiltinESMExports } from 'node:module';
import zlib, { deflateRawSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { inflate } from './deflate.js';

test('zlib is never asked for more than was announced', () => {
  const bomb = deflateRawSync(new Uint8Array(1_000_000));
  const spy = vi.spyOn(zlib, 'inflateRawSync');
  syncBuiltinESMExports();
  try {
    expect(inflate(bomb, 1000)).toBeNull();
    expect(inflate(bomb, 0)).toBeNull();
    expect(inflate(bomb, 1_000_000)?.length).toBe(1_000_000);
    expect(spy.mock.calls.map(([, options]) => options?.maxOutputLength)).toEqual([1000, 1, 1_000_000]);
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
});
