import { expect, test } from 'vitest';
import { Bench, type Recorder } from '../../testing/departures.js';

/** How often each bit of 20-byte frames of zeros was turned, and how many frames were not. */
function damage(
  config: Record<string, unknown>,
  frames = 4000,
): { bits: number[]; whole: number; most: number } {
  const t = new Bench('corrupt', { seed: 1, ...config });
  const bits = new Array<number>(160).fill(0);
  let whole = 0;
  let most = 0;
  for (let i = 0; i < frames; i++) {
    t.send({ bytes: new Uint8Array(20) });
    const { last } = t.node.block<Recorder>('p0');
    const turned = Array.from({ length: 160 }, (_, bit) => (last[bit >> 3] >> (bit & 7)) & 1);
    const count = turned.filter(Boolean).length;
    if (count === 0) whole++;
    most = Math.max(most, count);
    for (const [bit, one] of turned.entries()) bits[bit] += one;
  }
  return { bits, whole, most };
}

test('turns one bit of some frames, anywhere', () => {
  const { bits, whole, most } = damage({ probability: 0.5 });
  expect(Math.abs(whole - 2000)).toBeLessThan(130);
  expect(most).toBe(1);
  expect(bits.every((n) => n > 0 && n < 40)).toBe(true);
});

test('turns more bits if told so, and only behind an offset', () => {
  const { bits, most } = damage({ probability: 1, bits: 4, from: 14 }, 1000);
  expect(most).toBe(4);
  expect(bits.slice(0, 112).every((n) => n === 0)).toBe(true);
  expect(bits.slice(112).every((n) => n > 30)).toBe(true);
});

test('lets alone what is too short, and with probability 0 everything', () => {
  expect(damage({ probability: 1, from: 20 }, 10).whole).toBe(10);
  expect(damage({ probability: 0 }, 100).whole).toBe(100);
  const t = new Bench('corrupt', { probability: 1 });
  t.send({ length: 0 });
  expect(t.node.block('x')).toMatchObject({ packets: 1, corrupted: 0 });
});

test('the same seed, the same damage', () => {
  expect(damage({ probability: 0.5 }, 50)).toEqual(damage({ probability: 0.5 }, 50));
  expect(damage({ probability: 0.5 }, 50)).not.toEqual(damage({ probability: 0.5, seed: 2 }, 50));
});
