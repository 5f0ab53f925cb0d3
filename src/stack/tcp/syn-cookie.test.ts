import { expect, test } from 'vitest';
import { seededRandom } from '../../testing/random.js';
import { SipHash } from '../siphash.js';
import type { Ends } from './ends.js';
import { makeCookie, readCookie } from './syn-cookie.js';

const MINUTE = 60_000_000;
const hash = new SipHash(seededRandom(1));

function ends(remotePort = 4000): Ends {
  const bytes = Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2);
  return { bytes, localAt: 0, remoteAt: 4, addressLength: 4, localPort: 80, remotePort };
}

test('a cookie tells the largest segment, rounded down to a common one', () => {
  for (const [told, kept] of [
    [65_535, 8960],
    [1460, 1460],
    [1459, 1440],
    [536, 536],
    [1, 216],
  ] as const) {
    expect(readCookie(hash, ends(), 99, makeCookie(hash, ends(), 99, told, MINUTE), MINUTE)).toBe(kept);
  }
});

test('a cookie is taken in its minute and the next one, also when the count of minutes wraps', () => {
  for (const minute of [5, 31, 32 * 1000 + 31]) {
    const made = makeCookie(hash, ends(), 7, 1460, minute * MINUTE);
    const taken = [-1, 0, 1, 2, 3, 31, 32, 33].map((later) =>
      readCookie(hash, ends(), 7, made, (minute + later) * MINUTE),
    );
    expect(taken).toEqual([0, 1460, 1460, 0, 0, 0, 0, 0]);
  }
});

test('another number, port number, key or bit is no cookie', () => {
  const made = makeCookie(hash, ends(), 7, 1460, MINUTE);
  expect(readCookie(hash, ends(), 8, made, MINUTE)).toBe(0);
  expect(readCookie(hash, ends(4001), 7, made, MINUTE)).toBe(0);
  expect(readCookie(new SipHash(seededRandom(2)), ends(), 7, made, MINUTE)).toBe(0);
  for (let bit = 0; bit < 32; bit++) expect(readCookie(hash, ends(), 7, made ^ (1 << bit), MINUTE)).toBe(0);
});
